//go:build unix && !linux

package command

import "golang.org/x/sys/unix"

// adoptOrphans does nothing: not supported on GOOS.
func adoptOrphans() {}

// member is a process of a command's tree.
type member struct{ pid int }

func (m member) signal(sig unix.Signal) { _ = unix.Kill(m.pid, sig) }

// tree returns the command itself while it lives. Its descendants are not looked for on GOOS.
func (p *Process) tree() []member {
	p.sup.mu.Lock()
	defer p.sup.mu.Unlock()
	if p.sup.children[p.pid] != p {
		return nil
	}
	return []member{{p.pid}}
}
