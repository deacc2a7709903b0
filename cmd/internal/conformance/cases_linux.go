package conformance

import (
	"fmt"

	"yjoint/core/fault"
)

// Case is a plan, and the program that meets it. The program's Path is for who runs it.
type Case struct {
	Plan fault.Plan
	Program
}

func (c Case) String() string {
	return fmt.Sprintf("plan=%v/size=%d/block=%d/fsync=%v/patience=%d", c.Plan, c.Size, c.Block, c.Fsync, c.Patience)
}

// MostBlock is the largest block of a case: what a file system gets from the kernel in one piece.
const MostBlock = 1 << 19

// group is plans for streams of one size.
type group struct {
	size   int64
	blocks []int
	plans  []string
}

// groups are all cases, each plan with each block.
var groups = []group{
	{1000, []int{1, 7, 1000}, []string{
		"",
		"at 0 ENOSPC", "at 1 EIO", "at 999 EDQUOT", "at 1000 EIO", "at 500 EIO*1", "at 500 EIO*3 -> ENOSPC",
		"at 100 EINTR*1", "at 0 EINTR*1000", "at 100 EINTR*5 -> short 1 -> EINTR*5",
		"at 100 EAGAIN*3", "at 100 ok*2 -> EIO", "at 100 stall 1ms -> EFBIG", "at 100 stall 1ms*3 -> EINTR*2",
		"at 300 short 1", "at 300 short 1*20", "at 0 short 3*1000", "at 300 short 1 -> EIO*1 -> short 2 -> ENOSPC",
		"across 500 ENOSPC", "across 500 EIO*1", "across 0 EIO*2", "across 999 EINTR*2", "across 500 short 2 -> EIO*1",
		"every 100 EINTR", "every 100 short 1 -> EINTR*1", "every 1 EINTR", "every 400 EIO -> ok*2 -> ENOSPC",
		"call 1 EIO*1", "call 2 ENOSPC", "call 3 EINTR*2 -> short 1 -> EIO*1", "call 1 short 5; call 2 stall 1ms -> EIO*1",
		"at 300 EIO*1; at 600 ENOSPC*1; at 900 EDQUOT*1", "at 300 EINTR*1; across 700 ENOSPC; call 5 EINTR*1",
		"at 900 rate 1MB/s", "at 499 ENOSPC*1; every 250 short 9 -> EINTR*1; close EIO",
	}},
	{1000, []int{100}, []string{
		"close EIO", "close EIO*1", "close stall 1ms -> ENOSPC", "close EINTR*1", "fsync EIO", "fsync EIO*1",
		"fsync stall 1ms -> EIO; close EDQUOT", "at 500 EIO; fsync ENOSPC; close EIO", "at 500 EIO*1; close ok*1 -> EIO",
	}},
	{1 << 20, []int{4096, 65536, MostBlock}, []string{
		"at 65536 ENOSPC", "at 65535 ENOSPC", "at 65537 ENOSPC", "at 524289 EIO*2 -> short 4095 -> EINTR*3",
		"across 524288 EFBIG", "every 262144 EINTR*2", "every 64KiB short 1", "call 17 EIO*1; at 1MiB-1 EIO*1",
		"at 1MiB EIO", "at 100kB rate 100MB/s -> short 10kB", "at 512KiB EAGAIN",
	}},
}

// Cases returns them, each with a stream of its own.
func Cases() (all []Case) {
	for _, g := range groups {
		for _, text := range g.plans {
			for i, block := range g.blocks {
				all = append(all, Case{fault.MustParse(text), Program{Stream: uint64(len(all)), Size: g.size, Block: block,
					Fsync: true, Patience: (len(all) + i) % 4}})
			}
		}
	}
	return all
}

// Random returns n cases with plans that a seed determines.
func Random(seed uint64, n int) (all []Case) {
	for i := range uint64(n) {
		size := int64(1) << (4 + i%14)
		plan := fault.Random(seed, i, fault.RandomOptions{Size: size})
		block := 1 + int(i*7919%uint64(size))
		if size/int64(block) > 2000 {
			block = int(size) / 2000
		}
		all = append(all, Case{plan, Program{Stream: seed<<32 | i, Size: size, Block: block, Fsync: i%2 == 0, Patience: int(i % 5)}})
	}
	return all
}
