#!/bin/sh
# Double-click on macOS and Linux: finds Python and starts launch.py with the dropped workbooks.
here=$(cd "$(dirname "$0")" && pwd)
status=2
found=
for python in python3.13 python3.12 python3.11 python3; do
    if command -v "$python" >/dev/null 2>&1 &&
        "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        found=$python
        break
    fi
done
if [ -n "$found" ]; then
    "$found" "$here/launch.py" "$@"
    status=$?
else
    echo "没有找到 Python 3.11 或更新的版本。请先安装 Python，再双击本文件。"
fi
if [ -t 0 ] && [ -z "${SELFEVAL_NO_PAUSE:-}" ]; then
    printf '\n按回车键关闭窗口。'
    read -r _
fi
exit "$status"
