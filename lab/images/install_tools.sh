#!/bin/bash
# Inside a root: what the WSL host and the visitor's host carry beside their release.
# Usage: install_tools.sh FOLDER CODENAME; wheels in /mnt/wheels, requirements in /mnt/requirements.
set -eu

/mnt/scripts/install_packages.sh "$1" "$2" flite

useradd --uid 1000 --create-home --shell /bin/bash speech
printf 'speech ALL=(ALL) NOPASSWD: ALL\n' >/etc/sudoers.d/speech
chmod 440 /etc/sudoers.d/speech

# The root has no ensurepip; pip runs from its own wheel, as ensurepip would do it.
pip=$(echo /mnt/wheels/pip-*.whl)
install_into() {
  local venv=$1
  shift
  PYTHONPATH=$pip python3 -m pip --python "$venv/bin/python" install --quiet --no-index \
    --find-links /mnt/wheels --disable-pip-version-check --root-user-action ignore "$@"
}

python3 -m venv --without-pip /opt/lab/program-venv
# With pip, which the engine asks what the program needs.
install_into /opt/lab/program-venv pip -r /mnt/requirements/program.txt

# The lab's venv sees the program's packages through a path file: half the disk, half the time.
python3 -m venv --without-pip /opt/lab/lab-venv
(cd /opt/lab/program-venv/lib/python3.*/site-packages && pwd) \
  >"$(echo /opt/lab/lab-venv/lib/python3.*/site-packages)/program-venv.pth"
install_into /opt/lab/lab-venv -r /mnt/requirements/lab.txt
