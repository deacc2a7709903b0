package sysmon

import (
	"testing"
	"time"
)

func TestTimerIsDueAgainAndAgain(t *testing.T) {
	for begin := beats.Load(); beats.Load() < begin+3; {
		time.Sleep(period)
	}
}
