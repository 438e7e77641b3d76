package main

import (
	"encoding/hex"
	"errors"
	"fmt"
	"runtime"
	"time"

	multiproof "github.com/crate-crypto/go-ipa"
	"github.com/crate-crypto/go-ipa/common"
	"github.com/crate-crypto/go-ipa/ipa"
	verkle "github.com/ethereum/go-verkle"
)

const rootSize = 32

// blockFile is one block with its witness: the schema of verkle-blocks. Files of several blocks
// (verkle-geth, this project's fixtures) hold the same objects under "blocks".
type blockFile struct {
	Blocks          []blockFile `json:"blocks"`
	ParentStateRoot string      `json:"parentStateRoot"`
	PostStateRoot   string      `json:"postStateRoot"`
	Header          struct {
		StateRoot string `json:"stateRoot"`
	} `json:"header"`
	Witness *witnessFile `json:"executionWitness"`
}

type witnessFile struct {
	StateDiff []struct {
		Stem        string `json:"stem"`
		SuffixDiffs []struct {
			Suffix       suffix  `json:"suffix"`
			CurrentValue *string `json:"currentValue"`
			NewValue     *string `json:"newValue"`
		} `json:"suffixDiffs"`
	} `json:"stateDiff"`
	VerkleProof struct {
		OtherStems            []string `json:"otherStems"`
		DepthExtensionPresent string   `json:"depthExtensionPresent"`
		CommitmentsByPath     []string `json:"commitmentsByPath"`
		D                     string   `json:"d"`
		IPAProof              struct {
			CL              []string `json:"cl"`
			CR              []string `json:"cr"`
			FinalEvaluation string   `json:"finalEvaluation"`
		} `json:"ipaProof"`
	} `json:"verkleProof"`
}

// witnessBytes is go-verkle's own input, every field as bytes: where the clock starts.
type witnessBytes struct {
	proof    verkle.VerkleProof
	diff     verkle.StateDiff
	preRoot  []byte
	postRoot []byte // nil: the file does not say
}

func readWitness(path, preRoot string, block int) (*witnessBytes, error) {
	var file blockFile
	if err := readJSON(path, &file); err != nil {
		return nil, err
	}
	if len(file.Blocks) > 0 {
		if block < 0 || block >= len(file.Blocks) {
			return nil, fmt.Errorf("no block %d: the file has %d", block, len(file.Blocks))
		}
		file = file.Blocks[block]
	}
	if file.Witness == nil {
		return nil, errors.New("no executionWitness")
	}
	in := &witnessBytes{}
	if preRoot == "" {
		preRoot = file.ParentStateRoot
	}
	before, err := unhexExactly(preRoot, rootSize)
	if err != nil {
		return nil, fmt.Errorf("pre-state root: %w", err)
	}
	in.preRoot = before
	postRoot := file.Header.StateRoot
	if postRoot == "" {
		postRoot = file.PostStateRoot
	}
	if postRoot != "" {
		if in.postRoot, err = unhexExactly(postRoot, rootSize); err != nil {
			return nil, fmt.Errorf("post-state root: %w", err)
		}
	}
	if err := in.fill(file.Witness); err != nil {
		return nil, err
	}
	return in, nil
}

func (in *witnessBytes) fill(file *witnessFile) error {
	proof := file.VerkleProof
	for i, text := range proof.OtherStems {
		var stem [verkle.StemSize]byte
		if err := fillArray(stem[:], text); err != nil {
			return fmt.Errorf("otherStems[%d]: %w", i, err)
		}
		in.proof.OtherStems = append(in.proof.OtherStems, stem)
	}
	var err error
	if in.proof.DepthExtensionPresent, err = unhex(proof.DepthExtensionPresent); err != nil {
		return fmt.Errorf("depthExtensionPresent: %w", err)
	}
	// A client that writes these bytes as one number drops its leading zeros.
	for len(in.proof.DepthExtensionPresent) < len(file.StateDiff) {
		in.proof.DepthExtensionPresent = append([]byte{0}, in.proof.DepthExtensionPresent...)
	}
	for i, text := range proof.CommitmentsByPath {
		var point [32]byte
		if err := fillArray(point[:], text); err != nil {
			return fmt.Errorf("commitmentsByPath[%d]: %w", i, err)
		}
		in.proof.CommitmentsByPath = append(in.proof.CommitmentsByPath, point)
	}
	if err := fillArray(in.proof.D[:], proof.D); err != nil {
		return fmt.Errorf("d: %w", err)
	}
	argument := &verkle.IPAProof{}
	if len(proof.IPAProof.CL) != len(argument.CL) || len(proof.IPAProof.CR) != len(argument.CR) {
		return fmt.Errorf("cl and cr have %d and %d points", len(proof.IPAProof.CL), len(proof.IPAProof.CR))
	}
	for i := range argument.CL {
		if err := fillArray(argument.CL[i][:], proof.IPAProof.CL[i]); err != nil {
			return fmt.Errorf("cl[%d]: %w", i, err)
		}
		if err := fillArray(argument.CR[i][:], proof.IPAProof.CR[i]); err != nil {
			return fmt.Errorf("cr[%d]: %w", i, err)
		}
	}
	if err := fillArray(argument.FinalEvaluation[:], proof.IPAProof.FinalEvaluation); err != nil {
		return fmt.Errorf("finalEvaluation: %w", err)
	}
	in.proof.IPAProof = argument
	return in.fillDiff(file)
}

func (in *witnessBytes) fillDiff(file *witnessFile) error {
	for i, stemDiff := range file.StateDiff {
		var entry verkle.StemStateDiff
		if err := fillArray(entry.Stem[:], stemDiff.Stem); err != nil {
			return fmt.Errorf("stateDiff[%d].stem: %w", i, err)
		}
		for j, leaf := range stemDiff.SuffixDiffs {
			current, err := value(leaf.CurrentValue)
			if err != nil {
				return fmt.Errorf("stateDiff[%d].suffixDiffs[%d].currentValue: %w", i, j, err)
			}
			fresh, err := value(leaf.NewValue)
			if err != nil {
				return fmt.Errorf("stateDiff[%d].suffixDiffs[%d].newValue: %w", i, j, err)
			}
			entry.SuffixDiffs = append(entry.SuffixDiffs, verkle.SuffixStateDiff{
				Suffix: byte(leaf.Suffix), CurrentValue: current, NewValue: fresh,
			})
		}
		in.diff = append(in.diff, entry)
	}
	return nil
}

func fillArray(into []byte, text string) error {
	raw, err := unhexExactly(text, len(into))
	if err != nil {
		return err
	}
	copy(into, raw)
	return nil
}

// value is a leaf's 32 bytes, or nil for null and "", which mean the same.
func value(text *string) (*[32]byte, error) {
	if text == nil || *text == "" || *text == "0x" {
		return nil, nil
	}
	var out [32]byte
	if err := fillArray(out[:], *text); err != nil {
		return nil, err
	}
	return &out, nil
}

func measureWitness(out *report, path, preRoot string, block, runs int) error {
	in, err := readWitness(path, preRoot, block)
	if err != nil {
		return err
	}
	out.Commitments = len(in.proof.CommitmentsByPath) + 1

	start := time.Now()
	verkle.GetConfig() // without it the library's Verify panics
	settings, err := ipa.NewIPASettings()
	if err != nil {
		return err
	}
	out.SetupMs = since(start)

	for range runs {
		if err := guard(func() error { return in.steps(out, settings) }); err != nil {
			return err
		}
		if err := guard(func() error { return in.whole(out) }); err != nil {
			return err
		}
	}
	return nil
}

// steps does the work of the library's Verify one step at a time, to time each:
// decode, pre_tree (the partial tree before the block), proof, post_root (the tree after it, committed).
func (in *witnessBytes) steps(out *report, settings *ipa.IPAConfig) error {
	runtime.GC()
	start := time.Now()
	proof, err := verkle.DeserializeProof(&in.proof, in.diff)
	if err != nil {
		return refusal{err}
	}
	root := new(verkle.Point)
	if err := root.SetBytes(in.preRoot); err != nil {
		return refusal{fmt.Errorf("pre-state root: %w", err)}
	}
	decodeMs := since(start)

	start = time.Now()
	tree, err := verkle.PreStateTreeFromProof(proof, root)
	if err != nil {
		return refusal{err}
	}
	treeMs := since(start)

	start = time.Now()
	elements, _, _, err := verkle.GetCommitmentsForMultiproof(tree, proof.Keys, nil)
	if err != nil {
		return refusal{err}
	}
	transcript := common.NewTranscript("vt")
	ok, err := multiproof.CheckMultiProof(transcript, settings, proof.Multipoint, elements.Cis, elements.Yis, elements.Zis)
	if err != nil {
		return refusal{err}
	}
	if !ok {
		return refusal{errors.New("the proof is false")}
	}
	proofMs := since(start)

	start = time.Now()
	after, err := verkle.PostStateTreeFromStateDiff(tree, in.diff)
	if err != nil {
		return refusal{err}
	}
	postRoot := after.Commitment().Bytes()
	postMs := since(start)

	text := "0x" + hex.EncodeToString(postRoot[:])
	out.PostStateRoot, out.Openings = &text, len(elements.Zis)
	if in.postRoot == nil {
		in.postRoot = postRoot[:]
	}
	out.note("decode", decodeMs)
	out.note("pre_tree", treeMs)
	out.note("proof", proofMs)
	out.note("post_root", postMs)
	return nil
}

// whole times the library's Verify as a user calls it: all the steps, and the comparison of every current
// value and of the post-state root.
func (in *witnessBytes) whole(out *report) error {
	runtime.GC()
	start := time.Now()
	if err := verkle.Verify(&in.proof, in.preRoot, in.postRoot, in.diff); err != nil {
		return refusal{err}
	}
	out.note("total", since(start))
	return nil
}
