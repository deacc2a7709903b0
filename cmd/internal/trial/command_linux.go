//go:build linux && (amd64 || arm64)

package trial

import (
	"fmt"
	"net"
	"os"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// readerWord as the first argument makes this program a command that hands its standard input over to the trial, so that the
// trial itself reads what a tool gives a command.
const readerWord = "faultsink:reader"

// Main does not return in a process that is a command of a trial. A program calls it before all else, after supervisor.Main.
func Main() {
	if len(os.Args) == 3 && os.Args[1] == readerWord {
		os.Exit(readerMain(os.Args[2]))
	}
}

// readerMain hands standard input over and ends as it is told.
func readerMain(socket string) int {
	conn, err := net.DialUnix("unix", nil, &net.UnixAddr{Name: socket, Net: "unix"})
	if err != nil {
		return 125
	}
	_, _, err = conn.WriteMsgUnix([]byte{0}, unix.UnixRights(0), nil)
	unix.Close(0)
	answer := make([]byte, 1)
	if _, err2 := conn.Read(answer); err != nil || err2 != nil {
		return 125
	}
	if int8(answer[0]) < 0 {
		unix.Kill(os.Getpid(), unix.SIGKILL)
	}
	return int(answer[0])
}

var sockets atomic.Int64

// listen lets the command find the reader.
func (r *reader) listen() (err error) {
	r.socket = fmt.Sprintf("@faultsink-trial-%d-%d", os.Getpid(), sockets.Add(1))
	r.listener, err = net.ListenUnix("unix", &net.UnixAddr{Name: r.socket, Net: "unix"})
	return err
}

// accept takes what the command reads from. It returns false if there is none.
func (r *reader) accept() bool {
	r.state.Store(onTool)
	defer r.state.Store(busy)
	for {
		r.listener.SetDeadline(time.Now().Add(attention * time.Millisecond))
		conn, err := r.listener.AcceptUnix()
		if err == nil {
			return r.takeOver(conn)
		}
		if r.x.isGone() {
			return r.x.missed(&r.actor, "the command of output %d was not run", r.index+1)
		}
	}
}

func (r *reader) takeOver(conn *net.UnixConn) bool {
	oob := make([]byte, unix.CmsgSpace(4))
	_, n, _, _, err := conn.ReadMsgUnix(make([]byte, 1), oob)
	var fds []int
	if err == nil {
		messages, _ := unix.ParseSocketControlMessage(oob[:n])
		if len(messages) == 1 {
			fds, err = unix.ParseUnixRights(&messages[0])
		}
	}
	if err != nil || len(fds) != 1 {
		conn.Close()
		return r.x.missed(&r.actor, "the command of output %d handed nothing over", r.index+1)
	}
	unix.CloseOnExec(fds[0])
	unix.SetNonblock(fds[0], true)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.fd, r.conn = fds[0], conn
	return true
}
