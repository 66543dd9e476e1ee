"""The lab's Vultr API, held against the documented schema over plain HTTP."""
