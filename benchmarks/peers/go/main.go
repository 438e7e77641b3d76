// Command peer runs the reference Verkle implementations in Go on one input and prints what they took.
//
//	peer multiproof FILE [--runs N]
//	peer witness FILE [--pre-root HEX] [--block N] [--runs N]
//	peer tree FILE [--witness OUT] [--runs N]
//
// multiproof measures go-ipa on a file of the multiproof vectors: every point decoded with the subgroup
// check, every scalar refused unless canonical, then the check of the proof. witness measures go-verkle on
// a block with its execution witness: the proof decoded, the partial tree before the block, its proof, the
// root after the block. tree measures go-verkle building a tree of a file's leaves in memory, and proving the
// file's keys out of it, if there are any; --witness writes that proof as a witness.
//
// One JSON object goes to standard output, times in milliseconds, one number a run:
//
//	{"implementation": "go-ipa", "version": "v0.0.0-…", "go": "go1.…", "threads": 1, "setup_ms": 2100.0,
//	 "accepted": true, "reason": null, "openings": 3000, "commitments": 1000, "post_state_root": null,
//	 "phases": {"decode": […], "verify": […], "total": […]}}
//
// Reading the file, JSON and hex are outside the clock: what is measured starts from bytes.
// Exit code: 0 accepted, 1 refused (the object is printed all the same), 2 usage or an unreadable file.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"time"
)

const (
	exitAccepted = 0
	exitRefused  = 1
	exitUsage    = 2
	maxRuns      = 10000
)

// report is the object that is printed; its fields are a contract with run.py.
type report struct {
	Implementation string               `json:"implementation"`
	Version        string               `json:"version"`
	Go             string               `json:"go"`
	Threads        int                  `json:"threads"`
	SetupMs        float64              `json:"setup_ms"`
	Accepted       bool                 `json:"accepted"`
	Reason         *string              `json:"reason"`
	Openings       int                  `json:"openings"`
	Commitments    int                  `json:"commitments"`
	PostStateRoot  *string              `json:"post_state_root"`
	Phases         map[string][]float64 `json:"phases"`
}

// refusal is an error of the peer about the input, as against one about the command or the file.
type refusal struct{ err error }

func (r refusal) Error() string { return r.err.Error() }

func main() {
	os.Exit(run(os.Args[1:]))
}

func run(args []string) int {
	if len(args) < 2 {
		return usage(errors.New("a subcommand and a file are needed"))
	}
	command, file := args[0], args[1]
	flags := flag.NewFlagSet(command, flag.ContinueOnError)
	flags.SetOutput(os.Stderr)
	runs := flags.Int("runs", 5, "how often the work is done")
	preRoot := flags.String("pre-root", "", "witness: pre-state root, 32 bytes in hex (default: the file's parentStateRoot)")
	block := flags.Int("block", 0, "witness: which of the file's blocks, from 0, where it has several")
	witness := flags.String("witness", "", "tree: where the proof of the file's keys is written, as a witness")
	if err := flags.Parse(args[2:]); err != nil {
		return exitUsage
	}
	if *runs < 1 || *runs > maxRuns || flags.NArg() != 0 {
		return usage(fmt.Errorf("--runs is 1 to %d, and options follow the file", maxRuns))
	}

	// One thread: what is compared with is one thread of Python.
	runtime.GOMAXPROCS(1)

	out := report{Go: runtime.Version(), Threads: 1, Phases: map[string][]float64{}}
	var err error
	switch command {
	case "multiproof":
		out.Implementation, out.Version = "go-ipa", moduleVersion("github.com/crate-crypto/go-ipa")
		err = measureMultiproof(&out, file, *runs)
	case "witness":
		out.Implementation, out.Version = "go-verkle", moduleVersion("github.com/ethereum/go-verkle")
		err = measureWitness(&out, file, *preRoot, *block, *runs)
	case "tree":
		out.Implementation, out.Version = "go-verkle", moduleVersion("github.com/ethereum/go-verkle")
		err = measureTree(&out, file, *runs, *witness)
	default:
		return usage(fmt.Errorf("no subcommand %q", command))
	}

	var refused refusal
	switch {
	case err == nil:
		out.Accepted = true
	case errors.As(err, &refused):
		reason := refused.Error()
		out.Reason = &reason
	default:
		fmt.Fprintf(os.Stderr, "peer: %s: %v\n", file, err)
		return exitUsage
	}
	if err := json.NewEncoder(os.Stdout).Encode(out); err != nil {
		fmt.Fprintf(os.Stderr, "peer: %v\n", err)
		return exitUsage
	}
	if !out.Accepted {
		return exitRefused
	}
	return exitAccepted
}

func usage(err error) int {
	fmt.Fprintf(os.Stderr, "peer: %v\n"+
		"usage: peer multiproof FILE [--runs N]\n"+
		"       peer witness FILE [--pre-root HEX] [--block N] [--runs N]\n"+
		"       peer tree FILE [--witness OUT] [--runs N]\n", err)
	return exitUsage
}

// moduleVersion is the version that was linked, read from the binary itself.
func moduleVersion(path string) string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, dep := range info.Deps {
		if dep.Path == path {
			return dep.Version
		}
	}
	return "unknown"
}

// since is the time from start to now, in milliseconds.
func since(start time.Time) float64 {
	return float64(time.Since(start).Nanoseconds()) / 1e6
}

// note appends one run's time to a phase, to the microsecond.
func (r *report) note(phase string, ms float64) {
	r.Phases[phase] = append(r.Phases[phase], math.Round(ms*1e3)/1e3)
}

// guard calls f and turns a panic of the peer into a refusal: hostile input can make go-verkle panic, and
// that is an answer about the peer, not a reason to lose the report.
func guard(f func() error) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = refusal{fmt.Errorf("panic: %v", cause)}
		}
	}()
	return f()
}
