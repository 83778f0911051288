/* Elements are in Microsoft's "Unattended Windows Setup Reference". Nothing of this was ever tried
 * with a Windows by us: doc/windows11.md says so. */
#include "vm/init/answer.h"

#include <string.h>

#include "vm/exchange/xml.h"

/* ---- checks ---- */

static bool has_only(const char *text, const char *characters)
{
	return strspn(text, characters) == strlen(text);
}

static bool is_language(const char *text)
{
	return g_regex_match_simple("^[a-z]{2,3}(-[A-Z][a-z]{3})?-[A-Z]{2}$", text,
				    G_REGEX_DOLLAR_ENDONLY, 0);
}

static bool is_key(const char *text)
{
	return g_regex_match_simple("^([A-Za-z0-9]{5}-){4}[A-Za-z0-9]{5}$", text,
				    G_REGEX_DOLLAR_ENDONLY, 0);
}

/* Windows' own limits of local accounts. */
static bool is_user(const char *text)
{
	size_t length = strlen(text);

	return length >= 1 && length <= 20 && !strpbrk(text, "\"/\\[]:;|=,+*?<>@%") &&
	       g_utf8_validate(text, -1, NULL) && !has_only(text, ". ");
}

static bool is_line(const char *text)
{
	for (const char *c = text; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			return false;
	return g_utf8_validate(text, -1, NULL) && strlen(text) <= 127;
}

char *answers_check(const struct answers *self)
{
	if (!is_language(self->language))
		return g_strdup_printf("%s: is no language; write en-US, de-DE, pt-BR",
				       self->language);
	if (!is_line(self->edition) || !*self->edition)
		return g_strdup_printf("%s: is no edition; write \"Windows 11 Pro\"",
				       self->edition);
	if (self->key && !is_key(self->key))
		return g_strdup("the product key is not one: five groups of five letters "
				"and digits, as in ABCDE-12345-FGHIJ-67890-KLMNO");
	if (!is_user(self->user))
		return g_strdup_printf("%s: is no account's name; it has 1 to 20 characters and "
				       "none of \"/\\[]:;|=,+*?<>@%%",
				       self->user);
	if (!is_line(self->password))
		return g_strdup("the password is one line of at most 127 bytes");
	return NULL;
}

/* ---- XML ---- */

static void open_component(struct xml *xml, const char *name)
{
	xml_open_with(xml, "component",
		      "name='%s' processorArchitecture='amd64' publicKeyToken='31bf3856ad364e35' "
		      "language='neutral' versionScope='nonSxS'",
		      name);
}

static void add_languages(struct xml *xml, const struct answers *self, bool setup)
{
	open_component(xml, setup ? "Microsoft-Windows-International-Core-WinPE"
				  : "Microsoft-Windows-International-Core");
	if (setup)
		xml_line(xml, "<SetupUILanguage><UILanguage>%s</UILanguage></SetupUILanguage>",
			 self->language);
	xml_line(xml, "<InputLocale>%s</InputLocale>", self->language);
	xml_line(xml, "<SystemLocale>%s</SystemLocale>", self->language);
	xml_line(xml, "<UILanguage>%s</UILanguage>", self->language);
	xml_line(xml, "<UserLocale>%s</UserLocale>", self->language);
	xml_close(xml);
}

/* Which letter a CD has depends on what else there is. */
static void add_drivers(struct xml *xml, const struct answers *self)
{
	static const char *const folders[] = { "viostor", "NetKVM", "vioserial" };
	static const char letters[] = "DEFGH";
	unsigned number = 0;

	open_component(xml, "Microsoft-Windows-PnpCustomizationsWinPE");
	xml_open(xml, "DriverPaths");
	for (const char *letter = letters; *letter; letter++)
		for (size_t i = 0; i < G_N_ELEMENTS(folders); i++) {
			xml_open_with(xml, "PathAndCredentials",
				      "wcm:action='add' wcm:keyValue='%u'", ++number);
			xml_line(xml, "<Path>%c:\\%s\\%s\\amd64</Path>", *letter, folders[i],
				 self->os == VM_WINDOWS10 ? "w10" : "w11");
			xml_close(xml);
		}
	xml_close(xml);
	xml_close(xml);
}

/* EFI, Microsoft's reserved one, and the rest. */
static const struct part {
	const char *type;
	unsigned mib; /* 0: what is left */
	const char *format, *label, *letter;
} parts[] = {
	{ "EFI", 260, "FAT32", "System", NULL },
	{ "MSR", 16, NULL, NULL, NULL },
	{ "Primary", 0, "NTFS", "Windows", "C" },
};

static void create_partition(struct xml *xml, unsigned number)
{
	const struct part *part = &parts[number - 1];

	xml_open_with(xml, "CreatePartition", "wcm:action='add'");
	xml_line(xml, "<Order>%u</Order>", number);
	xml_line(xml, "<Type>%s</Type>", part->type);
	if (part->mib)
		xml_line(xml, "<Size>%u</Size>", part->mib);
	else
		xml_line(xml, "<Extend>true</Extend>");
	xml_close(xml);
}

static void modify_partition(struct xml *xml, unsigned number)
{
	const struct part *part = &parts[number - 1];

	xml_open_with(xml, "ModifyPartition", "wcm:action='add'");
	xml_line(xml, "<Order>%u</Order>", number);
	xml_line(xml, "<PartitionID>%u</PartitionID>", number);
	if (part->format)
		xml_line(xml, "<Format>%s</Format>", part->format);
	if (part->label)
		xml_line(xml, "<Label>%s</Label>", part->label);
	if (part->letter)
		xml_line(xml, "<Letter>%s</Letter>", part->letter);
	xml_close(xml);
}

static void add_disk(struct xml *xml)
{
	xml_open(xml, "DiskConfiguration");
	xml_open_with(xml, "Disk", "wcm:action='add'");
	xml_line(xml, "<DiskID>0</DiskID>");
	xml_line(xml, "<WillWipeDisk>true</WillWipeDisk>");
	xml_open(xml, "CreatePartitions");
	for (unsigned i = 1; i <= G_N_ELEMENTS(parts); i++)
		create_partition(xml, i);
	xml_close(xml);
	xml_open(xml, "ModifyPartitions");
	for (unsigned i = 1; i <= G_N_ELEMENTS(parts); i++)
		modify_partition(xml, i);
	xml_close(xml);
	xml_close(xml);
	xml_line(xml, "<WillShowUI>OnError</WillShowUI>");
	xml_close(xml);
}

static void add_image(struct xml *xml, const struct answers *self)
{
	xml_open(xml, "ImageInstall");
	xml_open(xml, "OSImage");
	xml_open(xml, "InstallFrom");
	xml_open_with(xml, "MetaData", "wcm:action='add'");
	xml_line(xml, "<Key>/IMAGE/NAME</Key>");
	xml_line(xml, "<Value>%s</Value>", self->edition);
	xml_close(xml);
	xml_close(xml);
	xml_line(xml, "<InstallTo><DiskID>0</DiskID><PartitionID>3</PartitionID></InstallTo>");
	xml_line(xml, "<WillShowUI>OnError</WillShowUI>");
	xml_close(xml);
	xml_close(xml);
}

static void add_setup(struct xml *xml, const struct answers *self)
{
	open_component(xml, "Microsoft-Windows-Setup");
	add_disk(xml);
	add_image(xml, self);
	xml_open(xml, "UserData");
	xml_line(xml, "<AcceptEula>true</AcceptEula>");
	xml_line(xml, "<FullName>%s</FullName>", self->user);
	xml_open(xml, "ProductKey");
	if (self->key)
		xml_line(xml, "<Key>%s</Key>", self->key);
	xml_line(xml, "<WillShowUI>OnError</WillShowUI>");
	xml_close(xml);
	xml_close(xml);
	xml_close(xml);
}

/* ---- the account ---- */

/* As Windows' own tools write it: the kind of password behind it, UTF-16, base64. */
static char *cover(const char *password)
{
	g_autofree char *whole = g_strconcat(password, "Password", NULL);
	gsize size = 0;
	g_autofree char *wide = g_convert(whole, -1, "UTF-16LE", "UTF-8", NULL, &size, NULL);

	return g_base64_encode((const guchar *)wide, size);
}

static void add_password(struct xml *xml, const struct answers *self)
{
	g_autofree char *covered = cover(self->password);

	xml_open(xml, "Password");
	xml_line(xml, "<Value>%s</Value>", covered);
	xml_line(xml, "<PlainText>false</PlainText>");
	xml_close(xml);
}

static void add_account(struct xml *xml, const struct answers *self)
{
	xml_open(xml, "UserAccounts");
	xml_open(xml, "LocalAccounts");
	xml_open_with(xml, "LocalAccount", "wcm:action='add'");
	xml_line(xml, "<Name>%s</Name>", self->user);
	xml_line(xml, "<DisplayName>%s</DisplayName>", self->user);
	xml_line(xml, "<Group>Administrators</Group>");
	add_password(xml, self);
	xml_close(xml);
	xml_close(xml);
	xml_close(xml);
	xml_open(xml, "AutoLogon");
	xml_line(xml, "<Enabled>true</Enabled>");
	xml_line(xml, "<LogonCount>1</LogonCount>");
	xml_line(xml, "<Username>%s</Username>", self->user);
	add_password(xml, self);
	xml_close(xml);
}

static void add_welcome(struct xml *xml)
{
	xml_open(xml, "OOBE");
	xml_line(xml, "<HideEULAPage>true</HideEULAPage>");
	xml_line(xml, "<HideOnlineAccountScreens>true</HideOnlineAccountScreens>");
	xml_line(xml, "<HideWirelessSetupInOOBE>true</HideWirelessSetupInOOBE>");
	xml_line(xml, "<ProtectYourPC>3</ProtectYourPC>");
	xml_close(xml);
	xml_open(xml, "FirstLogonCommands");
	xml_open_with(xml, "SynchronousCommand", "wcm:action='add'");
	xml_line(xml, "<Order>1</Order>");
	xml_line(xml, "<Description>Drivers and guest tools</Description>");
	xml_line(xml, "<CommandLine>%s</CommandLine>",
		 "cmd /c for %d in (D E F G H I) do if exist %d:\\oriel\\first-logon.cmd "
		 "call %d:\\oriel\\first-logon.cmd");
	xml_close(xml);
	xml_close(xml);
}

static void open_pass(struct xml *xml, const char *name)
{
	xml_open_with(xml, "settings", "pass='%s'", name);
}

char *answers_write(const struct answers *self)
{
	struct xml xml;

	xml_init(&xml);
	xml_line(&xml, "<?xml version='1.0' encoding='utf-8'?>");
	xml_open_with(&xml, "unattend", "xmlns='%s' xmlns:wcm='%s'",
		      "urn:schemas-microsoft-com:unattend",
		      "http://schemas.microsoft.com/WMIConfig/2002/State");
	open_pass(&xml, "windowsPE");
	add_languages(&xml, self, true);
	add_drivers(&xml, self);
	add_setup(&xml, self);
	xml_close(&xml);
	open_pass(&xml, "specialize");
	open_component(&xml, "Microsoft-Windows-Shell-Setup");
	xml_line(&xml, "<ComputerName>%s</ComputerName>", self->computer);
	xml_close(&xml);
	xml_close(&xml);
	open_pass(&xml, "oobeSystem");
	add_languages(&xml, self, false);
	open_component(&xml, "Microsoft-Windows-Shell-Setup");
	add_account(&xml, self);
	add_welcome(&xml);
	return xml_finish(&xml);
}

const char answers_first_logon[] =
	"@echo off\r\n"
	"rem Written by oriel init. Drivers from virtio-win.iso, then whatever lies beside this.\r\n"
	"for %%d in (D E F G H I) do if exist %%d:\\virtio-win-guest-tools.exe "
	"%%d:\\virtio-win-guest-tools.exe /install /quiet /norestart\r\n"
	"for %%f in (\"%~dp0*.msi\") do msiexec /i \"%%f\" /quiet /norestart\r\n"
	"for %%f in (\"%~dp0*setup*.exe\") do \"%%f\" /S\r\n"
	"if exist \"%~dp0oriel-guest.cmd\" call \"%~dp0oriel-guest.cmd\"\r\n";
