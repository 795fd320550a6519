// The state of a data directory: every page and value of the main tree and of every subject's tree,
// hashed again from the leaves up to the head's state root (PRIVACY.md 19). Reads only. Thread
// rule: one thread.
#pragma once

#include "execution/tree_page.h"
#include "storage/erasure_row.h"
#include "storage/findings.h"
#include "storage/rows.h"
#include "storage/store.h"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace galen::storage {

struct TreeCounts {
  std::uint64_t values = 0;
  std::uint64_t subjects = 0;  ///< trees besides the main one
};

class TreeCheck {
 public:
  /// All outlive this.
  TreeCheck(const Store& store, const std::map<OrderId, ErasureRow>& erasures, Findings& findings);

  /// `progress` after each tree.
  void run(const Digest& state_root, const std::function<void(std::uint64_t trees)>& progress);

  [[nodiscard]] const TreeCounts& counts() const { return counts_; }

 private:
  using Digits = std::vector<std::uint8_t>;

  /// One tree: how its pages are read, and what was seen of it.
  struct Tree {
    std::string place;
    std::function<Result<std::optional<Bytes>>(const Digits&)> page;
    std::uint64_t leaves = 0;
    std::uint64_t pages = 0;
    std::uint64_t values = 0;
  };

  /// The page below these digits, hashed again; empty when it is not there or damaged.
  execution::NodeSummary walk(Tree& tree, Digits& digits);
  void check_bucket(Tree& tree, const Digits& digits, const execution::Bucket& bucket);
  [[nodiscard]] std::optional<execution::Page> read_page(Tree& tree, const Digits& digits);
  /// Its commitment in the tree; nullopt when the tree has no such leaf.
  [[nodiscard]] std::optional<Digest> commitment_of(Tree& tree, const Digest& key_hash);
  void check_value(Tree& tree, const Digest& key_hash, const ValueRow& row);
  void check_leaves(const Tree& tree);

  void check_main(const Digest& state_root);
  void check_main_value(Tree& tree, BytesView key, BytesView value);
  void check_subjects(const std::function<void(std::uint64_t trees)>& progress);
  void check_subject(const SubjectKeysPtr& keys);
  void check_subject_value(Tree& tree, const SubjectKeys& keys, BytesView key, BytesView sealed);
  void check_rows();

  const Store& store_;
  const std::map<OrderId, ErasureRow>& erasures_;
  Findings& findings_;
  TreeCounts counts_;
  std::map<Digest, std::uint64_t> roots_;  ///< of subjects' trees, as the main tree has them
  std::set<KeyName> waiting_keys_;         ///< of orders whose keys are to go: in no tree any more
  std::uint64_t state_rows_ = 0;           ///< seen
  std::uint64_t subject_rows_ = 0;         ///< seen
};

}  // namespace galen::storage
