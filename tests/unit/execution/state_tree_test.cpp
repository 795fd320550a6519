#include "execution/state_tree.h"

#include "crypto/digest.h"
#include "execution/tree_page.h"
#include "memory_store.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <set>

namespace galen::execution {
namespace {

using ledger::KeyKind;
using ledger::LeafContent;
using ledger::StateKey;
using ledger::TreeId;
using ledger::TreeKind;

const PatientId kSubject = PatientId::from(Bytes(32, 7));

StateKey record_key(std::uint32_t number) {
  crypto::Hasher hasher("test record");
  return StateKey::clinical(kSubject, KeyKind::kRecord, hasher.u32(number).finish());
}

/// Keys that need several levels of pages: 40 that share their first 3 digits, 60 at random.
const std::vector<StateKey>& key_pool() {
  static const std::vector<StateKey> pool = [] {
    std::vector<StateKey> keys;
    const Digest first = record_key(0).hash();
    for (std::uint32_t i = 0; keys.size() < 40; ++i) {
      const Digest hash = record_key(i).hash();
      const bool shares = digit(hash, 0) == digit(first, 0) && digit(hash, 1) == digit(first, 1) &&
                          digit(hash, 2) == digit(first, 2);
      if (shares) keys.push_back(record_key(i));
    }
    for (std::uint32_t i = 1'000'000; keys.size() < 100; ++i) keys.push_back(record_key(i));
    return keys;
  }();
  return pool;
}

/// The definition of ledger/state_key.h, word for word.
Digest defined_root(const std::vector<LeafContent>& leaves, std::size_t depth) {
  if (leaves.empty()) return Digest{};
  if (leaves.size() == 1) return leaves.front().hash();
  std::vector<LeafContent> left;
  std::vector<LeafContent> right;
  for (const LeafContent& leaf : leaves) {
    (ledger::key_bit(leaf.key_hash, depth) ? right : left).push_back(leaf);
  }
  return ledger::node_hash(defined_root(left, depth + 1), defined_root(right, depth + 1));
}

/// A dumb tree: all leaves in a map.
class Reference {
 public:
  void apply(const StateWrites& writes, Height height) {
    for (const auto& [key, write] : writes) {
      const Digest hash = key.hash();
      if (!write.value) {
        leaves_.erase(hash);
        continue;
      }
      const auto old = leaves_.find(hash);
      const Digest predecessor = old == leaves_.end() ? Digest{} : old->second.hash();
      leaves_[hash] = {hash, ledger::value_commitment(write.s, *write.value), height, predecessor};
    }
  }

  [[nodiscard]] Digest root() const {
    std::vector<LeafContent> leaves;
    for (const auto& [hash, leaf] : leaves_) leaves.push_back(leaf);
    return defined_root(leaves, 0);
  }

  [[nodiscard]] bool contains(const StateKey& key) const { return leaves_.contains(key.hash()); }

  [[nodiscard]] const LeafContent& leaf(const StateKey& key) const {
    return leaves_.at(key.hash());
  }

 private:
  std::map<Digest, LeafContent> leaves_;
};

StateWrite value(std::uint8_t byte) {
  return {Bytes(3, byte), Digest::from(Bytes(32, byte))};
}

TreeId tree_of_subject() {
  return {TreeKind::kClinical, kSubject};
}

std::set<PageId> reachable(const MemoryStore& store, const PageId& id) {
  const auto stored = store.page(id);
  if (!stored) return {};
  std::set<PageId> pages{id};
  const Page page = parse_page(*stored);
  if (std::holds_alternative<Bucket>(page)) return pages;
  const auto& children = std::get<InnerPage>(page).children;
  for (std::size_t i = 0; i < children.size(); ++i) {
    PageId child = id;
    child.digits.push_back(static_cast<std::uint8_t>(i));
    const auto below = reachable(store, child);
    EXPECT_EQ(below.empty(), children[i].kind == NodeKind::kEmpty);
    pages.insert(below.begin(), below.end());
  }
  return pages;
}

std::set<PageId> stored_pages(const MemoryStore& store, const TreeId& tree) {
  std::set<PageId> pages;
  for (const auto& [id, bytes] : store.pages()) {
    if (id.tree == tree) pages.insert(id);
  }
  return pages;
}

void expect_proofs(const MemoryStore& store, const Reference& reference) {
  const Digest root = tree_root(store, tree_of_subject());
  for (const StateKey& key : key_pool()) {
    const ledger::TreePath path = prove(store, tree_of_subject(), key.hash());
    const Result<Digest> implied = path.root(key.hash());
    ASSERT_TRUE(implied.has_value()) << implied.error().message;
    EXPECT_EQ(*implied, root);
    EXPECT_EQ(path.shows_presence(key.hash()), reference.contains(key));
    if (reference.contains(key)) {
      EXPECT_EQ(*path.leaf, reference.leaf(key));
    }
  }
}

StateWrites random_batch() {
  const auto size = *rc::gen::inRange<std::size_t>(1, 40);
  StateWrites batch;
  for (std::size_t i = 0; i < size; ++i) {
    const auto key = *rc::gen::inRange<std::size_t>(0, key_pool().size());
    const bool put = *rc::gen::inRange(0, 5) < 3;
    batch[key_pool()[key]] = put ? value(*rc::gen::inRange<std::uint8_t>(0, 255)) : StateWrite{};
  }
  return batch;
}

RC_GTEST_PROP(StateTree, AgreesWithItsDefinitionAfterAnyBatches, ()) {
  MemoryStore store;
  Reference reference;
  const auto batches = *rc::gen::inRange<std::uint64_t>(1, 8);
  for (std::uint64_t height = 1; height <= batches; ++height) {
    const StateWrites batch = random_batch();
    const StateCommit commit = commit_writes(store, batch, Height{height});
    store.apply(commit);
    reference.apply(batch, Height{height});
    RC_ASSERT(tree_root(store, tree_of_subject()) == reference.root());
    RC_ASSERT(tree_root(store, TreeId{}) == commit.state_root);
    RC_ASSERT(reachable(store, PageId{tree_of_subject(), {}}) ==
              stored_pages(store, tree_of_subject()));
  }
  expect_proofs(store, reference);
}

RC_GTEST_PROP(StateTree, RootDependsOnTheLeavesAlone, ()) {
  const Height height{5};
  std::vector<StateKey> keys = key_pool();
  MemoryStore at_once;
  StateWrites all;
  for (const StateKey& key : keys) all[key] = value(key.id.at(0));
  at_once.apply(commit_writes(at_once, all, height));

  MemoryStore in_pieces;
  while (!keys.empty()) {
    StateWrites batch;
    const auto size = *rc::gen::inRange<std::size_t>(1, 30);
    for (std::size_t i = 0; i < size && !keys.empty(); ++i) {
      const auto pick = keys.begin() + *rc::gen::inRange<std::ptrdiff_t>(
                                           0, static_cast<std::ptrdiff_t>(keys.size()));
      batch[*pick] = value(pick->id.at(0));
      keys.erase(pick);
    }
    in_pieces.apply(commit_writes(in_pieces, batch, height));
  }
  RC_ASSERT(tree_root(at_once, tree_of_subject()) == tree_root(in_pieces, tree_of_subject()));
}

TEST(StateTree, EmptyTreeHasTheZeroRootAndProvesAbsence) {
  const MemoryStore store;
  EXPECT_TRUE(tree_root(store, TreeId{}).is_zero());
  const ledger::TreePath path = prove(store, TreeId{}, record_key(1).hash());
  EXPECT_TRUE(path.siblings.empty());
  EXPECT_FALSE(path.shows_presence(record_key(1).hash()));
  EXPECT_TRUE(path.root(record_key(1).hash())->is_zero());
}

TEST(StateTree, SingleLeafIsTheRoot) {
  MemoryStore store;
  store.apply(commit_writes(store, {{record_key(1), value(1)}}, Height{9}));
  const LeafContent leaf{record_key(1).hash(),
                         ledger::value_commitment(value(1).s, *value(1).value),
                         Height{9},
                         Digest{}};
  EXPECT_EQ(tree_root(store, tree_of_subject()), leaf.hash());
}

TEST(StateTree, SubjectRootsStandInTheMainTreeAsSystemWrites) {
  MemoryStore store;
  const StateKey access = StateKey::audit(kSubject, KeyKind::kAccess, Bytes(8, 0));
  const StateWrites writes{{record_key(1), value(1)}, {access, value(2)}};
  store.apply(commit_writes(store, writes, Height{1}));
  const StateWrites& values = store.values();
  const auto clinical = values.find(StateKey::main(KeyKind::kSubjectRoot, kSubject));
  const auto audit = values.find(StateKey::main(KeyKind::kAuditRoot, kSubject));
  ASSERT_TRUE(clinical != values.end() && audit != values.end());
  EXPECT_EQ(*clinical->second.value, to_bytes(tree_root(store, tree_of_subject()).view()));
  EXPECT_EQ(*audit->second.value, to_bytes(tree_root(store, {TreeKind::kAudit, kSubject}).view()));
  EXPECT_TRUE(clinical->second.s.is_zero() && audit->second.s.is_zero());
}

TEST(StateTree, ADeletedRootTakesTheBlocksWritesToItsTreeAlong) {
  MemoryStore store;
  const StateKey access = StateKey::audit(kSubject, KeyKind::kAccess, Bytes(8, 0));
  const StateKey root = StateKey::main(KeyKind::kSubjectRoot, kSubject);
  store.apply(commit_writes(store, {{record_key(1), value(1)}, {access, value(2)}}, Height{1}));
  MemoryStore alone;
  alone.apply(commit_writes(alone, {{access, value(2)}}, Height{1}));
  const StateCommit commit =
      commit_writes(store, {{root, StateWrite{}}, {record_key(2), value(3)}}, Height{2});
  EXPECT_EQ(commit.state_root, tree_root(alone, {}));
  EXPECT_FALSE(commit.values.contains(record_key(2)));
  EXPECT_FALSE(commit.values.at(root).value);
  for (const auto& [page, bytes] : commit.pages) EXPECT_EQ(page.tree.kind, TreeKind::kMain);
}

TEST(StateTree, EmptiedSubjectLeavesNothingBehind) {
  MemoryStore store;
  StateWrites puts;
  StateWrites erases;
  for (const StateKey& key : key_pool()) {
    puts[key] = value(1);
    erases[key] = StateWrite{};
  }
  store.apply(commit_writes(store, puts, Height{1}));
  const StateCommit commit = commit_writes(store, erases, Height{2});
  store.apply(commit);
  EXPECT_TRUE(commit.state_root.is_zero());
  EXPECT_TRUE(store.pages().empty());
  EXPECT_TRUE(store.values().empty());
}

TEST(StateTree, DeletingWhatIsNotThereChangesNothing) {
  MemoryStore store;
  store.apply(commit_writes(store, {{record_key(1), value(1)}}, Height{1}));
  const Digest before = tree_root(store, TreeId{});
  const StateCommit commit = commit_writes(store, {{record_key(2), StateWrite{}}}, Height{2});
  EXPECT_EQ(commit.state_root, before);
  EXPECT_TRUE(commit.pages.empty());
}

TEST(StateTree, NoWritesKeepTheRoot) {
  MemoryStore store;
  store.apply(commit_writes(store, {{record_key(1), value(1)}}, Height{1}));
  EXPECT_EQ(commit_writes(store, {}, Height{2}).state_root, tree_root(store, TreeId{}));
}

TEST(StateTree, ReplacedLeafNamesItsPredecessor) {
  MemoryStore store;
  store.apply(commit_writes(store, {{record_key(1), value(1)}}, Height{1}));
  const Digest first = tree_root(store, tree_of_subject());
  store.apply(commit_writes(store, {{record_key(1), value(1)}}, Height{2}));
  const ledger::TreePath path = prove(store, tree_of_subject(), record_key(1).hash());
  ASSERT_TRUE(path.leaf.has_value());
  EXPECT_EQ(path.leaf->predecessor, first);
  EXPECT_EQ(path.leaf->height, Height{2});
}

TEST(StateTree, OneChangeRewritesOnePagePerLevelOnly) {
  MemoryStore store;
  StateWrites all;
  for (const StateKey& key : key_pool()) all[key] = value(1);
  store.apply(commit_writes(store, all, Height{1}));
  const StateCommit commit = commit_writes(store, {{key_pool().front(), value(2)}}, Height{2});
  std::size_t subject_pages = 0;
  for (const auto& [id, bytes] : commit.pages) {
    subject_pages += id.tree == tree_of_subject() ? 1U : 0U;
  }
  // Three levels of inner pages lead to the 40 keys with a common prefix of 3 digits, and one more
  // splits them.
  EXPECT_EQ(subject_pages, 5U);
}

}  // namespace
}  // namespace galen::execution
