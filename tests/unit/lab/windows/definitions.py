"""A small task that the Task Scheduler takes."""

from lab.windows.drive import DISTRIBUTION_ID, USER_ID

_QUERY = (
    '&lt;QueryList&gt;&lt;Query&gt;&lt;Select Path="System"&gt;*[System[EventID=1]]'
    "&lt;/Select&gt;&lt;/Query&gt;&lt;/QueryList&gt;"
)
_ARGUMENTS = f"-NoProfile -Command \"&amp; wsl.exe '{DISTRIBUTION_ID}' -e sleep infinity\""
TASK = f"""\
<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <Triggers>
    <LogonTrigger>
      <Enabled>true</Enabled><UserId>{USER_ID}</UserId><Delay>PT5S</Delay>
    </LogonTrigger>
    <EventTrigger>
      <Subscription>{_QUERY}</Subscription>
    </EventTrigger>
    <TimeTrigger>
      <StartBoundary>2020-01-01T00:00:00</StartBoundary>
      <Repetition><Interval>PT5M</Interval></Repetition>
    </TimeTrigger>
  </Triggers>
  <Principals>
    <Principal id="Author">
      <UserId>{USER_ID}</UserId><LogonType>InteractiveToken</LogonType>
    </Principal>
  </Principals>
  <Settings><ExecutionTimeLimit>PT0S</ExecutionTimeLimit></Settings>
  <Actions Context="Author">
    <Exec>
      <Command>powershell.exe</Command>
      <Arguments>{_ARGUMENTS}</Arguments>
    </Exec>
  </Actions>
</Task>
"""
