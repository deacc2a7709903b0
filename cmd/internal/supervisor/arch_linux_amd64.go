package supervisor

import "golang.org/x/sys/unix"

const auditArch = unix.AUDIT_ARCH_X86_64

// legacy are calls that newer architectures don't have.
var legacy = []trap{
	{unix.SYS_OPEN, "open", whenPath, (*call).open},
	{unix.SYS_CREAT, "creat", whenPath, (*call).creat},
	{unix.SYS_RENAME, "rename", whenRename, (*call).rename},
	{unix.SYS_DUP2, "dup2", whenFD0, (*call).dup2},
}
