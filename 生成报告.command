#!/bin/sh
# Double-click on macOS and Linux: finds Python and starts launch.py with the workbooks given.
here=$(cd -- "$(dirname -- "$0")" && pwd) || exit 2
if [ ! -f "$here/launch.py" ]; then
    echo "没有找到 launch.py：请先把整个压缩包解压，再双击解压后文件夹里的本文件。" >&2
    [ -t 0 ] && [ -z "${SELFEVAL_NO_PAUSE+set}" ] && read -r _
    exit 2
fi
PATH=$PATH:/usr/local/bin:/opt/homebrew/bin

find_python() {
    for name in python3.13 python3.12 python3.11 python3 python3.14; do
        if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
            echo "$name"
            return
        fi
    done
}

python=$(find_python)
if [ -n "$python" ]; then
    "$python" "$here/launch.py" "$@"
    status=$?
else
    echo "没有找到 Python 3.11 或更新的版本。请先安装 Python（可从官方网站 python.org 下载），再双击本文件。" >&2
    status=2
fi
if [ -t 0 ] && [ -z "${SELFEVAL_NO_PAUSE+set}" ]; then
    printf '\n按回车键关闭窗口。'
    read -r _
fi
exit "$status"
