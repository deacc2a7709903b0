package supervisor

import "golang.org/x/sys/unix"

const auditArch = unix.AUDIT_ARCH_AARCH64

// legacy has no calls: this architecture is too new to have them.
var legacy []trap
