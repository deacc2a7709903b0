package faultfs

import (
	"fmt"
	"os"
)

// stayVariable is the environment variable with the folder on which a process of a test mounts, to be killed.
const stayVariable = "FAULTSINK_TEST_STAY"

// serveAndStay does not return in such a process.
func serveAndStay() {
	folder := os.Getenv(stayVariable)
	if folder == "" {
		return
	}
	m, err := New(folder, Options{})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println("mounted")
	m.Wait()
	os.Exit(0)
}
