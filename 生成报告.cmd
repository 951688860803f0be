@echo off
setlocal EnableExtensions DisableDelayedExpansion
set "PYTHONUTF8=1"
set "OK=import sys; sys.exit(sys.version_info < (3,11))"
if exist "%~dp0python\python.exe" goto portable
py -3 -c "%OK%" >nul 2>nul
if not errorlevel 1 goto launcher
python -c "%OK%" >nul 2>nul
if not errorlevel 1 goto plain
python3 -c "%OK%" >nul 2>nul
if not errorlevel 1 goto plain3
echo.
echo Python 3.11 or newer was not found on this computer.
echo Please install Python 3.11 or newer (tick "Add python.exe to PATH"), then start again.
if exist "%~dp0docs\install-python.html" start "" "%~dp0docs\install-python.html"
set "RESULT=2"
goto end
:portable
"%~dp0python\python.exe" "%~dp0launch.py" %*
set "RESULT=%ERRORLEVEL%"
goto end
:launcher
py -3 "%~dp0launch.py" %*
set "RESULT=%ERRORLEVEL%"
goto end
:plain
python "%~dp0launch.py" %*
set "RESULT=%ERRORLEVEL%"
goto end
:plain3
python3 "%~dp0launch.py" %*
set "RESULT=%ERRORLEVEL%"
:end
echo.
if not defined SELFEVAL_NO_PAUSE pause
exit /b %RESULT%
