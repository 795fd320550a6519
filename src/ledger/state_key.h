// Keys, leaves and paths of the authenticated state tree (PRIVACY.md 10, 11). FROZEN
// (docs/formats.md). A tree is a sparse Merkle tree over 256-bit key hashes in which a subtree with
// exactly one leaf *is* that leaf and an empty subtree hashes to 32 zero bytes; other nodes are
// H("node" || left || right), the left child at bit 0 of the key hash, most significant bit first.
// Thread rule: values.
#pragma once

#include "base/ids.h"
#include "base/result.h"

#include <optional>
#include <string_view>
#include <vector>

namespace galen::ledger {

/// The main tree, or one of the two subtrees of a subject (a patient, a practitioner, or, for
/// accesses to unknown records, the requester's organisation).
enum class TreeKind : std::uint8_t { kMain = 0, kClinical = 1, kAudit = 2 };

struct TreeId {
  TreeKind kind = TreeKind::kMain;
  PatientId subject;  ///< zero for the main tree
  friend auto operator<=>(const TreeId&, const TreeId&) = default;
};

/// What a leaf holds. The number is stored; the name is the tag of the key hash. FROZEN.
enum class KeyKind : std::uint8_t {
  kSubjectRoot = 1,       ///< main: "subject" || subject -> root of the clinical subtree
  kAuditRoot = 2,         ///< main: "audit" || subject -> root of the audit subtree
  kParameters = 3,        ///< main
  kValidators = 4,        ///< main
  kOrganisation = 5,      ///< main: id = organisation
  kNonce = 6,             ///< main: id = organisation || u16 lane
  kTombstone = 7,         ///< main: id = path of the erased subject or record
  kGroup = 8,             ///< main: id = group or project
  kBallot = 9,            ///< main: id = organisation; its status and the votes to change it
  kJournal = 10,          ///< main: id = H("journal-of" || organisation || journal)
  kErasureRequest = 11,   ///< main: id = request
  kErasureOrder = 12,     ///< main: id = transaction || u16 operation
  kHold = 13,             ///< main: id = subject path
  kEmergencyQuota = 14,   ///< main: id = organisation
  kAttestation = 15,      ///< main: id = hash of order, node and phase
  kPatient = 16,          ///< clinical: id = patient
  kPractitioner = 17,     ///< clinical: id = practitioner
  kRecord = 18,           ///< clinical: id = record
  kGrant = 19,            ///< clinical: id = grant
  kRevocation = 20,       ///< clinical: id = grant; also for grants never seen
  kSequence = 21,         ///< clinical: id = account
  kProxy = 22,            ///< clinical: id = the proxy's account
  kLink = 23,             ///< clinical: id = the other patient; in both patients' trees
  kRecovery = 24,         ///< clinical: id = account; who may recover it
  kRecoveryRequest = 25,  ///< clinical: id = account; the last request
  kMembership = 26,       ///< clinical, of a practitioner: id = group
  kProxyRevocation = 27,  ///< clinical: id = the account of a proxy never seen
  kAccess = 32,           ///< audit: id = u64 index
  kAccessRange = 33,      ///< audit: id empty; count and Merkle frontier of all access entries
  kRequest =
      34,  ///< audit: id = H("request-of" || person || request id) -> index of its access entry
  kDeclaration = 35,  ///< audit: id = emergency declaration
  kReview = 36,       ///< audit: id = emergency declaration
  kUnreviewed = 37,   ///< audit of an organisation: id = emergency declaration
  kSealed = 38,       ///< audit: id = patient; only of an erased one
  kReceiptKey = 48,   ///< main: id = organisation with a node -> key that signs its receipts
  kJournalPlace =
      49,  ///< audit of an organisation: id = H("journal-place" || journal || u64 number)
  kWaitingReceipts = 50,  ///< audit of an organisation: id = the member that brought them
};

/// Tag of the key hash: "subject", "audit", "parameters", ...
[[nodiscard]] std::string_view tag_of(KeyKind kind);
/// Every kind that stands in trees of this kind.
[[nodiscard]] std::vector<KeyKind> kinds_in(TreeKind tree);

struct StateKey {
  TreeId tree;
  KeyKind kind = KeyKind::kParameters;
  Bytes id;
  friend auto operator<=>(const StateKey&, const StateKey&) = default;

  /// H(tag_of(kind) || id).
  [[nodiscard]] Digest hash() const;
  [[nodiscard]] Bytes encode() const;
  [[nodiscard]] static Result<StateKey> decode(BytesView bytes);

  /// REQUIRES, all three: a kind of that tree and an id of the kind's size (docs/formats.md).
  [[nodiscard]] static StateKey main(KeyKind kind, BytesView id = {});
  [[nodiscard]] static StateKey clinical(const PatientId& subject, KeyKind kind, BytesView id);
  [[nodiscard]] static StateKey audit(const PatientId& subject, KeyKind kind, BytesView id);
};

struct LeafContent {
  Digest key_hash;
  Digest value_commitment;  ///< H("val" || s || value)
  Height height;            ///< of the block that wrote it
  Digest predecessor;       ///< hash of the leaf it replaced; zero for the first
  friend bool operator==(const LeafContent&, const LeafContent&) = default;
  [[nodiscard]] Digest hash() const;
};

[[nodiscard]] Digest value_commitment(const Digest& s, BytesView value);
/// s = HMAC(salt, tag "leaf" || key hash); system writes use 32 zero bytes as s.
[[nodiscard]] Digest leaf_salt(const Random32& operation_salt, const Digest& key_hash);
[[nodiscard]] Digest node_hash(const Digest& left, const Digest& right);
/// Bit `depth` of the hash, most significant first. REQUIRES: depth < 256.
[[nodiscard]] bool key_bit(const Digest& key_hash, std::size_t depth);

/// Path from the root towards a key hash: siblings from the top (zero digest = empty subtree), and
/// the leaf where it ends, if any. Encoded with a bitmap, so empty siblings cost a bit.
struct TreePath {
  std::vector<Digest> siblings;  ///< at most 256
  std::optional<LeafContent> leaf;
  friend bool operator==(const TreePath&, const TreePath&) = default;

  /// Root that this path implies for `key_hash`; kUnauthenticated when the leaf does not belong
  /// under this path's prefix.
  [[nodiscard]] Result<Digest> root(const Digest& key_hash) const;
  /// True when the path shows that `key_hash` is present (its leaf stands at the end).
  [[nodiscard]] bool shows_presence(const Digest& key_hash) const;
  [[nodiscard]] Bytes encode() const;
  [[nodiscard]] static Result<TreePath> decode(BytesView bytes);
};

}  // namespace galen::ledger
