package main

import (
	"fmt"
	"strings"
)

// helpText is what --help prints.
func helpText() string {
	var statuses strings.Builder
	for _, row := range statusTable {
		fmt.Fprintf(&statuses, "  %-6s %s\n", row.status, row.meaning)
	}
	return helpOptions + "\nExit status, the first that applies of 128+N, 2, 3, 4, 1, 5, 0:\n" + statuses.String()
}

const helpOptions = `usage: yjoint [OPTION]... OUT... [-- PRODUCER [ARG]...]

Copy standard input, or what PRODUCER writes, to every output. When one output
fails, the others go on and receive every byte; its fate is told to the byte.

  yjoint -x 'ssh host1 tar x' -x 'ssh host2 tar x' -- tar c data
  pg_dump db | yjoint dump.sql -x 'zstd >dump.zst' --report dump.json
  yjoint --require any --stall-timeout 5m -o /mnt/a/img -o /mnt/b/img <disk

Outputs and source:
  OUT, -o, --out PATH    a file, FIFO, device or /dev/fd/N; - is standard output
  -x, --exec COMMAND     a command that reads the stream; its status is judged
      --with KEY,...     for the -o or -x just before it: name=NAME, optional,
                         append, atomic, commit=COMMAND, abort=COMMAND,
                         stall-timeout=D, early-exit=fail|ok
  -- PRODUCER [ARG]...   run this as the source; its failure is the source's
      --from COMMAND     the same, by the shell
      --source-ok N,...  exit statuses of the producer that are fine beside 0
      --shell COMMAND    what runs commands, split at spaces (default: sh -c)
  -a, --append           write at the end of existing files
      --no-truncate      write over existing files without emptying them
      --atomic           new files take the place of old ones, once all is whole
      --fsync            files are on the disk before they count as complete

When something goes wrong:
      --require all|any|N   how many outputs must be complete (default: all)
      --on-error detach|stop   stop: end the run if --require can't be met
      --early-exit fail|ok  a command that exits 0 before the end of the stream
                            has failed (default), or is complete
      --stall-timeout D     detach an output that takes nothing for so long
      --stall-warn D        warn about it (default: 1m)
      --finish-timeout D    how long fsync, close, rename and exits may take
      --report FILE         write a report as JSON; - is standard output
      --digest ALG          sha256, blake3 or xxh3 of what each output accepted,
      --digest-file FILE    in the report and for sha256sum -c or its like
      --buffer SIZE      how far outputs may run ahead of the slowest (1MiB)
      --no-zero-copy     share no memory with the producer
  -P, --progress         rates and lags; an ETA of a file, or with --size SIZE
  -q, --quiet            no warnings; failures are always told
      --help, --version
SIZE is 65536, 64KiB, 1GB or 8GiB-1. D is 90s, 5m or 1h30m; 0 means never.
`
