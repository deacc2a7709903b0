package sysmon

import "testing"

func TestTimerIsDueAgainAndAgain(t *testing.T) {
	for range 3 {
		<-due
	}
}
