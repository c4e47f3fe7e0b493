# Signs what is ours in dist\sidetone (the installer signs itself). Without a certificate it says so and changes nothing.
#
#   SIGNING_CERTIFICATE  base64 of a .pfx, or SIGNING_THUMBPRINT of a certificate in the store (a token's, for EV)
#   SIGNING_PASSWORD     of the .pfx
$ErrorActionPreference = 'Stop'
$root = Resolve-Path "$PSScriptRoot\..\.."
if (-not $env:SIGNING_CERTIFICATE -and -not $env:SIGNING_THUMBPRINT) {
    Write-Output 'sign: no certificate is given, the executables stay unsigned'
    exit 0
}

$signtool = Get-ChildItem "${env:ProgramFiles(x86)}\Windows Kits\10\bin\*\x64\signtool.exe" |
    Sort-Object { [version]$_.Directory.Parent.Name } | Select-Object -Last 1
if (-not $signtool) { throw 'signtool.exe is missing: install the Windows SDK' }

$pfx = $null
$which = @('/sha1', $env:SIGNING_THUMBPRINT)
if ($env:SIGNING_CERTIFICATE) {
    $pfx = Join-Path ([System.IO.Path]::GetTempPath()) "$([guid]::NewGuid()).pfx"
    [System.IO.File]::WriteAllBytes($pfx, [Convert]::FromBase64String($env:SIGNING_CERTIFICATE))
    $which = @('/f', $pfx, '/p', $env:SIGNING_PASSWORD)
}
try {
    $files = @($args | Where-Object { $_ })
    if (-not $files) { $files = Get-ChildItem "$root\dist\sidetone\*.exe" | ForEach-Object FullName }
    & $signtool.FullName sign /fd sha256 /td sha256 /tr http://timestamp.digicert.com /d Sidetone @which @files
    if ($LASTEXITCODE) { throw "signtool ended with $LASTEXITCODE" }
    & $signtool.FullName verify /pa /all @files
    if ($LASTEXITCODE) { throw "signtool could not verify what it signed ($LASTEXITCODE)" }
} finally {
    if ($pfx) { Remove-Item $pfx -ErrorAction SilentlyContinue }
}
