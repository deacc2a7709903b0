//go:build !patient

package command

import "time"

// termPatience is how long processes that were sent TERM have before they are sent KILL.
const termPatience = 5 * time.Second
