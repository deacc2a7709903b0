package main

import (
	"context"
	"io"
	"os"
)

// opening is a file that is being opened, by a goroutine of its own since that may block for ever.
type opening struct {
	done chan struct{} // closed when the fields below are set
	file *os.File
	err  error
}

// begin opens a file by open.
func begin(open func() (*os.File, error)) *opening {
	o := &opening{done: make(chan struct{})}
	go func() {
		defer close(o.done)
		o.file, o.err = open()
	}()
	return o
}

// opened is the opening of what is open already, or can't be opened.
func opened(f *os.File, err error) *opening {
	o := &opening{done: make(chan struct{}), file: f, err: err}
	close(o.done)
	return o
}

// wait returns the file, or ctx's error when ctx is done before it is open. With wake the file is given up then: wake
// ends the opening, and what it returns is closed after that. Without, wait may be called again.
func (o *opening) wait(ctx context.Context, wake func() io.Closer) (*os.File, error) {
	select {
	case <-o.done:
		return o.file, o.err
	default:
	}
	select {
	case <-o.done:
		return o.file, o.err
	case <-ctx.Done():
	}
	if wake != nil {
		go o.giveUp(wake)
	}
	return nil, context.Cause(ctx)
}

// giveUp ends the opening, and closes what it opened.
func (o *opening) giveUp(wake func() io.Closer) {
	// What wakes the opening is kept until then: it may not even have begun to wait.
	partner := wake()
	<-o.done
	if o.err == nil {
		o.file.Close()
	}
	if partner != nil {
		partner.Close()
	}
}
