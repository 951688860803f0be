@echo off
rem Finds Python 3.11 or newer and starts launch.py with the workbooks dropped on this file.
rem ASCII only: Python prints all Chinese.
setlocal EnableExtensions EnableDelayedExpansion
rem The command line as Explorer wrote it, for launch.py: the arguments here are cut at an ampersand.
set "SELFEVAL_CMDLINE=!cmdcmdline!"
set "SELFEVAL_WINDOW="
if /i not "!cmdcmdline:/c=!"=="!cmdcmdline!" set "SELFEVAL_WINDOW=1"
rem From here on an exclamation mark in a path is an ordinary character.
setlocal DisableDelayedExpansion
set "PYTHONUTF8=1"
set "HERE=%~dp0"
set "PROBE=import sys; sys.exit(sys.version_info < (3, 11))"
set "WHOLE=import sys, importlib.util as u; sys.exit(sys.version_info < (3, 11) or not u.find_spec('ensurepip'))"
set "CODE=2"

rem Started inside a zip, or alone: launch.py is not there. Each \u names a Chinese character.
if exist "%HERE%launch.py" goto whole
set "TOLD=\u8bf7\u5148\u628a\u6574\u4e2a\u538b\u7f29\u5305\u89e3\u538b\uff08\u53f3\u952e\uff0c\u5168\u90e8\u89e3\u538b\uff09\uff0c\u518d\u53cc\u51fb\u89e3\u538b\u540e\u6587\u4ef6\u5939\u91cc\u7684\u811a\u672c\u3002"
powershell.exe -NoProfile -Command "Add-Type -AssemblyName System.Windows.Forms; [void][Windows.Forms.MessageBox]::Show([regex]::Unescape($env:TOLD))" >nul 2>nul
echo Please extract the whole zip first, then start this file from the extracted folder.
goto end

:whole
rem A portable Python beside this file, if it is a complete one.
if not exist "%HERE%python\python.exe" goto installed
set "PY=%HERE%python\python.exe"
if exist "%HERE%python\selfeval-ready" goto start
"%PY%" -c "%WHOLE%" >nul 2>nul && goto start

:installed
rem The stub of the Microsoft Store fails this test, as it should.
py.exe -3 -c "%PROBE%" >nul 2>nul && goto launcher
set "PY=python.exe"
python.exe -c "%PROBE%" >nul 2>nul && goto start
set "PY=python3.exe"
python3.exe -c "%PROBE%" >nul 2>nul && goto start

echo.
echo Python 3.11 or newer was not found on this computer.
echo Please install Python 3.11 or newer from python.org or the Microsoft Store,
echo tick "Add python.exe to PATH", then double-click this file again.
if exist "%HERE%docs\install-python.html" start "" "%HERE%docs\install-python.html"
goto end

:launcher
py.exe -3 "%HERE%launch.py" %*
set "CODE=%ERRORLEVEL%"
goto end

:start
"%PY%" "%HERE%launch.py" %*
set "CODE=%ERRORLEVEL%"

:end
echo.
pause
rem A window of its own is left for good: cmd would go on with what follows an ampersand.
if defined SELFEVAL_WINDOW exit %CODE%
exit /b %CODE%
