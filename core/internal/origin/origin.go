// Package origin has a run count its stream from another byte than 0, so that tests come to offsets which no test could move
// the bytes for.
package origin

import "context"

type key struct{}

// With returns a ctx whose runs take the first byte that their source delivers for the one at offset, at least 0.
func With(ctx context.Context, offset int64) context.Context {
	return context.WithValue(ctx, key{}, offset)
}

// Of returns that offset, 0 unless With has set one.
func Of(ctx context.Context) int64 {
	offset, _ := ctx.Value(key{}).(int64)
	return offset
}
