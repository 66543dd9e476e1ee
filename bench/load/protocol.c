/* As much of HTTP and WebSocket (RFC 6455) as both ends need. */
#define _GNU_SOURCE
#include "load.h"

#include <stdio.h>
#include <string.h>

size_t head_length(const struct bytes *b)
{
    const uint8_t *end = b->size ? memmem(b->data, b->size, "\r\n\r\n", 4) : NULL;
    return end ? (size_t)(end - b->data) + 4 : 0;
}

size_t frame_parse(uint8_t *data, size_t size, struct frame *frame)
{
    if (size < 2)
        return 0;
    bool masked = data[1] & 0x80;
    uint64_t length = data[1] & 0x7f;
    size_t head = 2;
    if (length >= 126) {
        size_t wide = length == 126 ? 2 : 8;
        if (size < head + wide)
            return 0;
        length = 0;
        for (size_t i = 0; i < wide; i++)
            length = length << 8 | data[head + i];
        head += wide;
    }
    uint8_t *mask = data + head;
    head += masked ? 4 : 0;
    if (size < head + length)
        return 0;
    frame->opcode = data[0] & 0xf;
    frame->payload = data + head;
    frame->size = length;
    if (masked)
        for (size_t i = 0; i < length; i++)
            frame->payload[i] ^= mask[i & 3];
    return head + length;
}

void frame_append(struct bytes *b, int opcode, const void *payload, size_t size, bool masked)
{
    uint8_t head[8] = {(uint8_t)(0x80 | opcode)}; /* the mask stays 0: it changes nothing */
    size_t length = 2;
    if (size < 126) {
        head[1] = (uint8_t)size;
    } else {
        head[1] = 126;
        head[2] = (uint8_t)(size >> 8);
        head[3] = (uint8_t)size;
        length = 4;
    }
    if (masked) {
        head[1] |= 0x80;
        length += 4;
    }
    bytes_append(b, head, length);
    bytes_append(b, payload, size);
}

/* The key of RFC 6455's own example; the service answers with the one that belongs to it. */
void upgrade_append(struct bytes *b, const struct options *o)
{
    char text[1024];
    int length = snprintf(text, sizeof text,
                          "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\n"
                          "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
                          o->path, o->host);
    bytes_append(b, text, (size_t)length);
}

void get_append(struct bytes *b, const struct options *o, const char *suffix, bool keep)
{
    char text[1024];
    int length = snprintf(text, sizeof text, "GET %s%s HTTP/1.1\r\nHost: %s\r\nConnection: %s\r\n\r\n",
                          o->path, suffix, o->host, keep ? "keep-alive" : "close");
    bytes_append(b, text, (size_t)length);
}
