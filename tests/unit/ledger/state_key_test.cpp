#include "ledger/state_key.h"

#include "crypto/digest.h"
#include "samples.h"
#include "sparse_tree.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>

namespace galen::ledger {
namespace {

using samples::Dice;
using samples::pattern;

std::vector<StateKey> all_keys() {
  const auto subject = pattern<PatientId>(1);
  const auto id = pattern<Digest>(2);
  const Bytes nonce(34, 3);
  const Bytes index(8, 4);
  return {StateKey::main(KeyKind::kSubjectRoot, id),
          StateKey::main(KeyKind::kAuditRoot, id),
          StateKey::main(KeyKind::kParameters),
          StateKey::main(KeyKind::kValidators),
          StateKey::main(KeyKind::kOrganisation, id),
          StateKey::main(KeyKind::kNonce, nonce),
          StateKey::main(KeyKind::kTombstone, id),
          StateKey::main(KeyKind::kErasureRequest, id),
          StateKey::main(KeyKind::kErasureOrder, nonce),
          StateKey::main(KeyKind::kHold, id),
          StateKey::main(KeyKind::kAttestation, id),
          StateKey::main(KeyKind::kGroup, id),
          StateKey::main(KeyKind::kBallot, id),
          StateKey::clinical(subject, KeyKind::kPatient, id),
          StateKey::clinical(subject, KeyKind::kPractitioner, id),
          StateKey::clinical(subject, KeyKind::kRecord, id),
          StateKey::clinical(subject, KeyKind::kGrant, id),
          StateKey::clinical(subject, KeyKind::kRevocation, id),
          StateKey::clinical(subject, KeyKind::kSequence, id),
          StateKey::clinical(subject, KeyKind::kMembership, id),
          StateKey::clinical(subject, KeyKind::kProxy, id),
          StateKey::clinical(subject, KeyKind::kLink, id),
          StateKey::clinical(subject, KeyKind::kRecovery, id),
          StateKey::clinical(subject, KeyKind::kRecoveryRequest, id),
          StateKey::audit(subject, KeyKind::kAccess, index),
          StateKey::audit(subject, KeyKind::kAccessRange, {}),
          StateKey::audit(subject, KeyKind::kRequest, id),
          StateKey::audit(subject, KeyKind::kSealed, id)};
}

Digest random_digest(Dice& dice) {
  return dice.next<Digest>();
}

/// Keys with long common prefixes, so that paths are deep.
Digest close_digest(Dice& dice) {
  Digest digest = pattern<Digest>(7);
  digest.value[dice.below(32)] = static_cast<std::uint8_t>(dice.below(4));
  return digest;
}

samples::SparseTree random_tree(Dice& dice, std::vector<LeafContent>& leaves) {
  samples::SparseTree tree;
  for (std::uint64_t i = dice.below(30); i > 0; --i) {
    LeafContent leaf;
    leaf.key_hash = dice.coin() ? random_digest(dice) : close_digest(dice);
    leaf.value_commitment = random_digest(dice);
    leaf.height = Height{dice.below(100)};
    tree.put(leaf);
    leaves.push_back(leaf);
  }
  return tree;
}

TEST(StateKey, EveryKindComesBackFromItsBytes) {
  std::set<Digest> hashes;
  for (const StateKey& key : all_keys()) {
    const auto decoded = StateKey::decode(key.encode());
    ASSERT_TRUE(decoded) << decoded.error().message;
    EXPECT_EQ(*decoded, key);
    EXPECT_TRUE(hashes.insert(key.hash()).second) << tag_of(key.kind);
    EXPECT_NE(tag_of(key.kind), "?");
  }
}

TEST(StateKey, HashIsTheTaggedId) {
  const auto subject = pattern<PatientId>(1);
  EXPECT_EQ(StateKey::main(KeyKind::kSubjectRoot, subject).hash(),
            crypto::tagged("subject", subject));
}

TEST(StateKey, RefusesKindsInOtherTreesAndIdsOfOtherSizes) {
  for (StateKey key : all_keys()) {
    StateKey longer = key;
    longer.id.push_back(0);
    EXPECT_FALSE(StateKey::decode(longer.encode()));
    for (const auto kind : {TreeKind::kMain, TreeKind::kClinical, TreeKind::kAudit}) {
      if (kind == key.tree.kind) continue;
      StateKey moved = key;
      moved.tree.kind = kind;
      EXPECT_FALSE(StateKey::decode(moved.encode()));
    }
  }
  StateKey key = StateKey::main(KeyKind::kParameters);
  key.tree.subject = pattern<PatientId>(1);
  EXPECT_FALSE(StateKey::decode(key.encode()));
  key.tree = TreeId{TreeKind{3}, PatientId{}};
  EXPECT_FALSE(StateKey::decode(key.encode()));
}

TEST(StateKeyDeathTest, FactoriesCheckTreeAndSize) {
  EXPECT_DEATH((void)StateKey::main(KeyKind::kRecord, pattern<Digest>(1)), "another tree");
  EXPECT_DEATH((void)StateKey::main(KeyKind::kNonce, pattern<Digest>(1)), "another size");
}

TEST(StateKey, BitsCountFromTheMostSignificant) {
  Digest digest;
  digest.value[0] = 0x80;
  digest.value[31] = 0x01;
  EXPECT_TRUE(key_bit(digest, 0));
  EXPECT_FALSE(key_bit(digest, 1));
  EXPECT_FALSE(key_bit(digest, 254));
  EXPECT_TRUE(key_bit(digest, 255));
}

TEST(Leaf, HashDependsOnEveryField) {
  const LeafContent leaf{pattern<Digest>(1), pattern<Digest>(2), Height{3}, pattern<Digest>(4)};
  std::vector<LeafContent> others(4, leaf);
  others[0].key_hash = Digest{};
  others[1].value_commitment = Digest{};
  others[2].height = Height{4};
  others[3].predecessor = Digest{};
  for (const LeafContent& other : others) EXPECT_NE(other.hash(), leaf.hash());
}

TEST(Leaf, SaltDependsOnOperationAndKey) {
  const Digest salt = leaf_salt(pattern<Random32>(1), pattern<Digest>(2));
  EXPECT_NE(salt, leaf_salt(pattern<Random32>(2), pattern<Digest>(2)));
  EXPECT_NE(salt, leaf_salt(pattern<Random32>(1), pattern<Digest>(3)));
  EXPECT_NE(value_commitment(salt, Bytes{1}), value_commitment(Digest{}, Bytes{1}));
}

TEST(TreePath, EmptyTreeHasTheZeroRoot) {
  const TreePath path;
  EXPECT_EQ(*path.root(pattern<Digest>(1)), Digest{});
  EXPECT_FALSE(path.shows_presence(pattern<Digest>(1)));
}

TEST(TreePath, OnlyLeafIsTheRoot) {
  const LeafContent leaf{pattern<Digest>(1), pattern<Digest>(2), Height{3}, Digest{}};
  const TreePath path{{}, leaf};
  EXPECT_EQ(*path.root(leaf.key_hash), leaf.hash());
  EXPECT_TRUE(path.shows_presence(leaf.key_hash));
  EXPECT_FALSE(path.shows_presence(pattern<Digest>(9)));
}

TEST(TreePath, RefusesALeafUnderAnotherPrefix) {
  Digest key = pattern<Digest>(1);
  const LeafContent leaf{key, pattern<Digest>(2), Height{3}, Digest{}};
  const TreePath path{{pattern<Digest>(5)}, leaf};
  EXPECT_TRUE(path.root(key));
  key.value[0] ^= 0x80;
  const auto root = path.root(key);
  ASSERT_FALSE(root);
  EXPECT_EQ(root.error().code, ErrorCode::kUnauthenticated);
}

RC_GTEST_PROP(TreePath, LeadsToTheRootForPresentAndAbsentKeys, (std::uint64_t seed)) {
  Dice dice(seed);
  std::vector<LeafContent> leaves;
  const samples::SparseTree tree = random_tree(dice, leaves);
  std::vector<Digest> keys;
  std::set<Digest> present;
  for (const LeafContent& leaf : leaves) {
    keys.push_back(leaf.key_hash);
    present.insert(leaf.key_hash);
  }
  for (int i = 0; i < 10; ++i) keys.push_back(close_digest(dice));
  for (int i = 0; i < 10; ++i) keys.push_back(random_digest(dice));
  for (const Digest& key : keys) {
    const auto path = TreePath::decode(tree.path(key).encode());
    RC_ASSERT(path.has_value());
    RC_ASSERT(*path == tree.path(key));
    RC_ASSERT(*path->root(key) == tree.root());
    RC_ASSERT(path->shows_presence(key) == present.contains(key));
  }
}

TEST(TreePath, EncodesEmptySiblingsAsBits) {
  TreePath path;
  path.siblings.assign(256, Digest{});
  EXPECT_EQ(path.encode().size(), 2U + 32 + 1);
  path.siblings[255] = pattern<Digest>(1);
  EXPECT_EQ(path.encode().size(), 2U + 32 + 32 + 1);
  EXPECT_EQ(*TreePath::decode(path.encode()), path);
}

TEST(TreePath, HasOneEncodingOnly) {
  EXPECT_FALSE(TreePath::decode(Bytes{0x01, 0x01}));     // 257 siblings
  EXPECT_FALSE(TreePath::decode(Bytes{0, 1, 0x40, 0}));  // a bit behind the last sibling
  EXPECT_TRUE(TreePath::decode(Bytes{0, 1, 0x00, 0}));
  Bytes spelt{0, 1, 0x80};  // an empty sibling in full
  spelt.resize(3 + 32 + 1);
  EXPECT_FALSE(TreePath::decode(spelt));
  spelt[3] = 1;
  EXPECT_TRUE(TreePath::decode(spelt));
}

TEST(StateKey, EveryKindStandsInOneTree) {
  std::multiset<KeyKind> found;
  for (const auto tree : {TreeKind::kMain, TreeKind::kClinical, TreeKind::kAudit}) {
    for (const KeyKind kind : kinds_in(tree)) found.insert(kind);
  }
  for (int number = 0; number < 256; ++number) {
    const auto kind = static_cast<KeyKind>(number);
    EXPECT_EQ(found.count(kind), tag_of(kind) == "?" ? 0U : 1U) << number;
  }
  EXPECT_EQ(found.count(KeyKind::kJournalPlace), 1U);
}

}  // namespace
}  // namespace galen::ledger
