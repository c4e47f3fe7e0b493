# Makes one local account a Sidetone kiosk. Run as administrator, after Sidetone was installed for everybody (/ALLUSERS):
#
#   powershell -ExecutionPolicy Bypass -File kiosk.ps1 -Account wall [-Way ShellLauncher|AssignedAccess] [-Remove]
#
# ShellLauncher: Sidetone in place of the desktop (Enterprise, Education, IoT Enterprise). AssignedAccess: Pro as well.
# The management classes answer to the SYSTEM account alone, so the change is made by a task that runs as SYSTEM.
param(
    [Parameter(Mandatory = $true)][string]$Account,
    [ValidateSet('ShellLauncher', 'AssignedAccess')][string]$Way = 'ShellLauncher',
    [switch]$Remove
)
$ErrorActionPreference = 'Stop'

$null = Get-LocalUser -Name $Account
if (-not (Test-Path "$env:ProgramFiles\Sidetone\sidetone-desktop.exe")) {
    throw 'Sidetone is not installed for everybody: run its setup with /ALLUSERS first.'
}
if ($Way -eq 'ShellLauncher' -and -not $Remove) {
    $feature = Enable-WindowsOptionalFeature -Online -FeatureName Client-EmbeddedShellLauncher -All -NoRestart
    if ($feature.RestartNeeded) { Write-Output 'Windows must be restarted once before the kiosk works.' }
}

$file = @{ ShellLauncher = 'shell_launcher.xml'; AssignedAccess = 'assigned_access.xml' }[$Way]
$property = @{ ShellLauncher = 'ShellLauncher'; AssignedAccess = 'Configuration' }[$Way]
$name = [System.Security.SecurityElement]::Escape($Account)
$text = ''
if (-not $Remove) { $text = (Get-Content -Raw "$PSScriptRoot\$file").Replace('KIOSK_ACCOUNT', $name) }
$value = [System.Net.WebUtility]::HtmlEncode($text)

$folder = Join-Path $env:ProgramData 'Sidetone'
$null = New-Item -ItemType Directory -Force $folder
$log = Join-Path $folder 'kiosk.log'
$script = @"
try {
    `$settings = Get-CimInstance -Namespace root\cimv2\mdm\dmmap -ClassName MDM_AssignedAccess
    `$settings.$property = '$($value.Replace("'", "''"))'
    Set-CimInstance -CimInstance `$settings
    'done' | Out-File '$log'
} catch { `$_ | Out-File '$log' }
"@
$encoded = [Convert]::ToBase64String([System.Text.Encoding]::Unicode.GetBytes($script))
Remove-Item $log -ErrorAction SilentlyContinue
$action = New-ScheduledTaskAction -Execute 'powershell.exe' -Argument "-NoProfile -EncodedCommand $encoded"
$task = 'SidetoneKiosk'
$null = Register-ScheduledTask -TaskName $task -Action $action -User 'SYSTEM' -RunLevel Highest -Force
try {
    Start-ScheduledTask -TaskName $task
    foreach ($second in 1..60) {
        if (Test-Path $log) { break }
        Start-Sleep -Seconds 1
    }
} finally {
    Unregister-ScheduledTask -TaskName $task -Confirm:$false
}
$said = if (Test-Path $log) { (Get-Content -Raw $log).Trim() } else { 'no answer within a minute' }
if ($said -ne 'done') { throw "The kiosk was not changed: $said" }
Write-Output "$Way for $Account is $(if ($Remove) { 'removed' } else { 'set; sign in as it to see it' })."
