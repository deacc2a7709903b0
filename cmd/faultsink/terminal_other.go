//go:build !linux

package main

import "yjoint/cmd/internal/trial"

// tableStyle is that of a file: there are no trials here.
func tableStyle() trial.TableStyle { return trial.TableStyle{} }

func isTerminal(int) bool { return false }
