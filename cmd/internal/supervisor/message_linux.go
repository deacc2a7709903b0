//go:build linux && (amd64 || arm64)

package supervisor

import (
	"encoding/binary"
	"syscall"

	"golang.org/x/sys/unix"

	"yjoint/core/fault"
)

// sendto makes a call that writes to a connection; one with an address is a datagram's, and passes or fails as a whole.
func (c *call) sendto() answer {
	p := pieces{{c.args[1], c.args[2]}}
	return c.send(p, int(c.args[3]), c.args[4] != 0)
}

// header is the part of struct msghdr that is looked at, in 64-bit words.
const (
	headerName    = 0
	headerPieces  = 2
	headerCount   = 3
	headerControl = 5
	headerWords   = 7
)

func (c *call) sendmsg() answer { return c.sendHeader(c.args[1], int(c.args[2])) }

// sendmmsg sends the first message only: the caller must be prepared for that.
func (c *call) sendmmsg() answer {
	d := c.description(0)
	defer c.s.table.release(d)
	if d == nil || !c.s.concernsWrites(d) || c.args[2] == 0 {
		return pass
	}
	a := c.sendHeader(c.args[1], int(c.args[3]))
	if a.pass {
		return c.fatal(memoryError(c.thread))
	}
	if a.errno != 0 {
		return a
	}
	length := binary.NativeEndian.AppendUint32(nil, uint32(a.value))
	store(c.thread, pieces{{c.args[1] + 8*headerWords, 4}}, 0, length) // msg_len
	return answer{value: 1}
}

func (c *call) sendHeader(at uint64, flags int) answer {
	header, errno := words(c.thread, at, headerWords)
	if errno != 0 {
		return pass
	}
	p, errno := vector(c.thread, header[headerPieces], header[headerCount])
	if errno != 0 {
		return pass
	}
	return c.send(p, flags, header[headerName] != 0 || header[headerControl] != 0)
}

// send makes a call on a socket. A whole message can't be made here: it has an address, or hands over descriptors.
func (c *call) send(p pieces, flags int, whole bool) answer {
	d := c.description(0)
	defer c.s.table.release(d)
	if d == nil || !c.s.concernsWrites(d) {
		return pass
	}
	if d.kind != kindSocket {
		return failed(unix.ENOTSOCK)
	}
	if whole {
		return c.sendWhole(d, p.total())
	}
	c.quiet = flags&unix.MSG_NOSIGNAL != 0
	nowait := 0
	if flags&unix.MSG_DONTWAIT != 0 {
		nowait = unix.RWF_NOWAIT
	}
	return c.transfer(d, fault.OpWrite, p.total(), c.writer(d, p, current, nowait))
}

// sendWhole lets the kernel send a message, if the plan lets all of it pass.
func (c *call) sendWhole(d *description, n int) answer {
	a := c.transfer(d, fault.OpWrite, n, func(limit int) (int, syscall.Errno) {
		if limit < n && n > 0 {
			return 0, unix.EMSGSIZE
		}
		return limit, 0
	})
	if a.errno == 0 {
		c.s.note("%s: messages with an address or descriptors are counted before they are sent", d.stream.Name)
		return pass
	}
	return a
}
