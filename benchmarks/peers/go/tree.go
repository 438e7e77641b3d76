package main

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"time"

	verkle "github.com/ethereum/go-verkle"
)

// treeFile is a state, and keys to prove out of it; keys and values are 32 bytes in hex.
type treeFile struct {
	Leaves [][2]string `json:"leaves"`
	Keys   []string    `json:"keys"`
}

func readTree(path string) (leaves [][2][]byte, keys [][]byte, err error) {
	var file treeFile
	if err := readJSON(path, &file); err != nil {
		return nil, nil, err
	}
	if len(file.Leaves) == 0 {
		return nil, nil, fmt.Errorf("no leaves")
	}
	for i, pair := range file.Leaves {
		var leaf [2][]byte
		for j, text := range pair {
			if leaf[j], err = unhexExactly(text, rootSize); err != nil {
				return nil, nil, fmt.Errorf("leaves[%d][%d]: %w", i, j, err)
			}
		}
		leaves = append(leaves, leaf)
	}
	for i, text := range file.Keys {
		key, err := unhexExactly(text, rootSize)
		if err != nil {
			return nil, nil, fmt.Errorf("keys[%d]: %w", i, err)
		}
		keys = append(keys, key)
	}
	return leaves, keys, nil
}

// measureTree times a tree built in memory (insert, commit) and, if keys are asked for, their proof (prove).
// total is insert and commit.
// witness, if it is not empty, is where the proof is written as a witness.
func measureTree(out *report, path string, runs int, witness string) error {
	leaves, keys, err := readTree(path)
	if err != nil {
		return err
	}
	start := time.Now()
	verkle.GetConfig()
	out.SetupMs = since(start)
	for range runs {
		runtime.GC()
		err := guard(func() error {
			start := time.Now()
			tree := verkle.New()
			for _, leaf := range leaves {
				if err := tree.Insert(leaf[0], leaf[1], nil); err != nil {
					return refusal{err}
				}
			}
			insertMs := since(start)
			root := tree.Commit().Bytes()
			totalMs := since(start)
			out.note("insert", insertMs)
			out.note("commit", totalMs-insertMs)
			out.note("total", totalMs)
			text := "0x" + hex.EncodeToString(root[:])
			out.PostStateRoot = &text
			if len(keys) == 0 {
				return nil
			}
			runtime.GC()
			start = time.Now()
			proof, commitments, _, openings, err := verkle.MakeVerkleMultiProof(tree, nil, keys, nil)
			if err != nil {
				return refusal{err}
			}
			serialised, diff, err := verkle.SerializeProof(proof)
			if err != nil {
				return refusal{err}
			}
			out.note("prove", since(start))
			out.Openings, out.Commitments = len(openings), len(commitments)
			if witness == "" {
				return nil
			}
			return writeWitness(witness, text, serialised, diff)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// writeWitness writes what `stateless verify --proof-only` reads.
func writeWitness(path, root string, proof *verkle.VerkleProof, diff verkle.StateDiff) error {
	data, err := json.Marshal(map[string]any{
		"parentStateRoot":  root,
		"executionWitness": map[string]any{"stateDiff": diff, "verkleProof": proof},
	})
	if err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o644)
}
