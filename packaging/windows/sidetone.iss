; Inno Setup 6.3.1 or later: dist\sidetone becomes dist\Sidetone-VERSION-setup.exe.
;
;   iscc /DVersion=0.1.0 packaging\windows\sidetone.iss
;   with a certificate: iscc /DVersion=0.1.0 /DSigned "/Ssigner=signtool.exe sign /fd sha256 ... $f" packaging\windows\sidetone.iss
;
; For one person by default; /ALLUSERS (or the first page) installs for everybody and asks for an administrator.
; Unattended: Sidetone-VERSION-setup.exe /VERYSILENT /ALLUSERS /TASKS="autostart" /LOG=setup.log

#ifndef Version
  #error Give the version: iscc /DVersion=0.1.0 packaging\windows\sidetone.iss
#endif
#define Root AddBackslash(SourcePath) + "..\.."
#define Bundle Root + "\dist\sidetone"

[Setup]
; The same for ever: by it an installation is found again and replaced.
AppId={{6E0B3C0E-2F0C-4B2C-9C43-6D0B6B1F5A51}
AppName=Sidetone
AppVersion={#Version}
AppVerName=Sidetone {#Version}
VersionInfoVersion={#Version}
VersionInfoProductName=Sidetone
VersionInfoDescription=Sidetone setup
AppPublisher=Sidetone
LicenseFile={#Root}\LICENSE
DefaultDirName={autopf}\Sidetone
DefaultGroupName=Sidetone
DisableProgramGroupPage=yes
UsePreviousPrivileges=yes
PrivilegesRequired=lowest
PrivilegesRequiredOverridesAllowed=commandline dialog
ArchitecturesAllowed=x64compatible
ArchitecturesInstallIn64BitMode=x64compatible
; Windows 10 1809, the oldest that Qt 6.11 runs on
MinVersion=10.0.17763
Compression=lzma2/max
SolidCompression=yes
OutputDir={#Root}\dist
OutputBaseFilename=Sidetone-{#Version}-setup
SetupIconFile={#Root}\build\icons\sidetone.ico
UninstallDisplayIcon={app}\sidetone-desktop.exe
UninstallDisplayName=Sidetone
WizardStyle=modern
ShowLanguageDialog=no
; A console that runs is asked to close, and started again afterwards where it was running.
CloseApplications=yes
RestartApplications=yes
ChangesEnvironment=yes
UsedUserAreasWarning=no
#ifdef Signed
SignTool=signer
SignedUninstaller=yes
#endif

[Languages]
Name: "en"; MessagesFile: "compiler:Default.isl"

[Tasks]
Name: "autostart"; Description: "Start Sidetone when I sign in"; Flags: unchecked
Name: "desktopicon"; Description: "{cm:CreateDesktopIcon}"; Flags: unchecked
Name: "path"; Description: "The command line: add Sidetone to PATH"; Flags: unchecked

[InstallDelete]
; Files of an earlier version must not be found by this one.
Type: filesandordirs; Name: "{app}\_internal"
Type: filesandordirs; Name: "{app}\licenses"

[Files]
Source: "{#Bundle}\*"; DestDir: "{app}"; Flags: ignoreversion recursesubdirs createallsubdirs
Source: "{#Root}\build\icons\sidetone.ico"; DestDir: "{app}"; Flags: ignoreversion
Source: "{#Root}\LICENSE"; DestDir: "{app}"; DestName: "LICENSE.txt"; Flags: ignoreversion
Source: "{#Root}\packaging\windows\autostart.xml"; DestDir: "{app}\deployment"; Flags: ignoreversion
Source: "{#Root}\packaging\windows\shell_launcher.xml"; DestDir: "{app}\deployment"; Flags: ignoreversion
Source: "{#Root}\packaging\windows\assigned_access.xml"; DestDir: "{app}\deployment"; Flags: ignoreversion
Source: "{#Root}\packaging\windows\kiosk.ps1"; DestDir: "{app}\deployment"; Flags: ignoreversion
Source: "{#Root}\packaging\KIOSK.md"; DestDir: "{app}\deployment"; Flags: ignoreversion

[Icons]
; The model id is the one that notifications are sent under, so that Windows shows them as Sidetone's.
Name: "{group}\Sidetone"; Filename: "{app}\sidetone-desktop.exe"; WorkingDir: "{app}"; AppUserModelID: "Sidetone"
Name: "{group}\Sidetone demo"; Filename: "{app}\sidetone-desktop.exe"; Parameters: "demo"; WorkingDir: "{app}"; AppUserModelID: "Sidetone"
Name: "{autodesktop}\Sidetone"; Filename: "{app}\sidetone-desktop.exe"; WorkingDir: "{app}"; AppUserModelID: "Sidetone"; Tasks: desktopicon

[Registry]
; HKA is HKLM when installed for everybody, else HKCU.
Root: HKA; Subkey: "Software\Microsoft\Windows\CurrentVersion\Run"; ValueType: string; ValueName: "Sidetone"; ValueData: """{app}\sidetone-desktop.exe"""; Tasks: autostart; Flags: uninsdeletevalue
Root: HKA; Subkey: "Software\Classes\AppUserModelId\Sidetone"; ValueType: string; ValueName: "DisplayName"; ValueData: "Sidetone"; Flags: uninsdeletekey
Root: HKA; Subkey: "Software\Classes\AppUserModelId\Sidetone"; ValueType: string; ValueName: "IconUri"; ValueData: "{app}\sidetone.ico"
Root: HKLM; Subkey: "SYSTEM\CurrentControlSet\Control\Session Manager\Environment"; ValueType: expandsz; ValueName: "Path"; ValueData: "{olddata};{app}"; Tasks: path; Check: IsAdminInstallMode and NotOnPath
Root: HKCU; Subkey: "Environment"; ValueType: expandsz; ValueName: "Path"; ValueData: "{olddata};{app}"; Tasks: path; Check: not IsAdminInstallMode and NotOnPath

[Run]
Filename: "{app}\sidetone-desktop.exe"; Description: "{cm:LaunchProgram,Sidetone}"; Flags: nowait postinstall skipifsilent

[Code]
function PathKey(): Integer;
begin
  if IsAdminInstallMode then
    Result := HKEY_LOCAL_MACHINE
  else
    Result := HKEY_CURRENT_USER;
end;

function PathSubkey(): String;
begin
  if IsAdminInstallMode then
    Result := 'SYSTEM\CurrentControlSet\Control\Session Manager\Environment'
  else
    Result := 'Environment';
end;

function NotOnPath(): Boolean;
var
  Paths: String;
begin
  if not RegQueryStringValue(PathKey, PathSubkey, 'Path', Paths) then
    Paths := '';
  Result := Pos(';' + Uppercase(ExpandConstant('{app}')) + ';', ';' + Uppercase(Paths) + ';') = 0;
end;

procedure LeavePath();
var
  Paths, Ours: String;
  Where: Integer;
begin
  if not RegQueryStringValue(PathKey, PathSubkey, 'Path', Paths) then
    Exit;
  Ours := ';' + ExpandConstant('{app}');
  Where := Pos(Uppercase(Ours) + ';', Uppercase(Paths) + ';');
  if Where > 0 then
  begin
    Delete(Paths, Where, Length(Ours));
    RegWriteExpandStringValue(PathKey, PathSubkey, 'Path', Paths);
  end;
end;

{ Settings and secrets stay unless the person says otherwise; an unattended uninstallation keeps them. }
procedure CurUninstallStepChanged(Step: TUninstallStep);
var
  Status: Integer;
begin
  if Step = usUninstall then
  begin
    if not UninstallSilent then
      if MsgBox('Also delete the tokens and client secrets that Sidetone keeps in your Windows credentials?' + #13#10 +
        'Choose No if you will install Sidetone again.', mbConfirmation, MB_YESNO or MB_DEFBUTTON2) = IDYES then
        if not Exec(ExpandConstant('{app}\sidetone.exe'), 'reset --secrets --yes', ExpandConstant('{app}'), SW_HIDE,
          ewWaitUntilTerminated, Status) or (Status <> 0) then
          MsgBox('They could not all be deleted. See Credential Manager, entries that begin with "sidetone".',
            mbError, MB_OK);
    LeavePath;
  end;
end;
