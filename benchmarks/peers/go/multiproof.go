package main

import (
	"bytes"
	"errors"
	"fmt"
	"runtime"
	"time"

	multiproof "github.com/crate-crypto/go-ipa"
	"github.com/crate-crypto/go-ipa/bandersnatch/fr"
	"github.com/crate-crypto/go-ipa/banderwagon"
	"github.com/crate-crypto/go-ipa/common"
	"github.com/crate-crypto/go-ipa/ipa"
)

const (
	proofSize       = 576 // D, eight L, eight R, one scalar, 32 bytes each
	transcriptLabel = "multiproof"
)

// multiproofFile is a file of the multiproof vectors. Opening i is of commitment i / (len(Z) / len(C)).
type multiproofFile struct {
	C     []string `json:"C"`
	Z     []int    `json:"z"`
	Y     []string `json:"y"`
	Proof string   `json:"proof"`
}

// multiproofBytes is the same as bytes: where the clock starts.
type multiproofBytes struct {
	commitments [][]byte
	z           []uint8
	y           [][]byte
	proof       []byte
}

func readMultiproof(path string) (*multiproofBytes, error) {
	var file multiproofFile
	if err := readJSON(path, &file); err != nil {
		return nil, err
	}
	if len(file.C) == 0 || len(file.Z) != len(file.Y) || len(file.Z) == 0 || len(file.Z)%len(file.C) != 0 {
		return nil, fmt.Errorf("C, z and y have %d, %d and %d entries", len(file.C), len(file.Z), len(file.Y))
	}
	in := &multiproofBytes{}
	for i, text := range file.C {
		raw, err := unhexExactly(text, banderwagon.CompressedSize)
		if err != nil {
			return nil, fmt.Errorf("C[%d]: %w", i, err)
		}
		in.commitments = append(in.commitments, raw)
	}
	for i, text := range file.Y {
		raw, err := unhexExactly(text, fr.Bytes)
		if err != nil {
			return nil, fmt.Errorf("y[%d]: %w", i, err)
		}
		if file.Z[i] < 0 || file.Z[i] >= common.VectorLength {
			return nil, fmt.Errorf("z[%d] = %d is outside 0…255", i, file.Z[i])
		}
		in.y = append(in.y, raw)
		in.z = append(in.z, uint8(file.Z[i]))
	}
	proof, err := unhexExactly(file.Proof, proofSize)
	if err != nil {
		return nil, fmt.Errorf("proof: %w", err)
	}
	in.proof = proof
	return in, nil
}

// openings is the decoded input of the check.
type openings struct {
	cs    []*banderwagon.Element // one an opening; repeated openings share the pointer
	ys    []*fr.Element
	proof multiproof.MultiProof
}

func (in *multiproofBytes) decode() (*openings, error) {
	points := make([]banderwagon.Element, len(in.commitments))
	for i, raw := range in.commitments {
		if err := points[i].SetBytes(raw); err != nil {
			return nil, fmt.Errorf("C[%d]: %w", i, err)
		}
	}
	each := len(in.z) / len(in.commitments)
	scalars := make([]fr.Element, len(in.y))
	out := &openings{cs: make([]*banderwagon.Element, len(in.y)), ys: make([]*fr.Element, len(in.y))}
	for i, raw := range in.y {
		// The library reverses the bytes that it is given in place.
		var copied [fr.Bytes]byte
		copy(copied[:], raw)
		if _, err := scalars[i].SetBytesLECanonical(copied[:]); err != nil {
			return nil, fmt.Errorf("y[%d]: %w", i, err)
		}
		out.cs[i], out.ys[i] = &points[i/each], &scalars[i]
	}
	if err := out.proof.Read(bytes.NewReader(in.proof)); err != nil {
		return nil, err
	}
	return out, nil
}

func measureMultiproof(out *report, path string, runs int) error {
	in, err := readMultiproof(path)
	if err != nil {
		return err
	}
	out.Openings, out.Commitments = len(in.z), len(in.commitments)

	start := time.Now()
	settings, err := ipa.NewIPASettings()
	if err != nil {
		return err
	}
	out.SetupMs = since(start)

	for range runs {
		runtime.GC()
		err := guard(func() error {
			start := time.Now()
			decoded, err := in.decode()
			if err != nil {
				return refusal{err}
			}
			decodeMs := since(start)
			transcript := common.NewTranscript(transcriptLabel)
			ok, err := multiproof.CheckMultiProof(transcript, settings, &decoded.proof, decoded.cs, decoded.ys, in.z)
			totalMs := since(start)
			if err != nil {
				return refusal{err}
			}
			if !ok {
				return refusal{errors.New("the proof is false")}
			}
			out.note("decode", decodeMs)
			out.note("verify", totalMs-decodeMs)
			out.note("total", totalMs)
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}
