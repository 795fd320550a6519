#include "ledger/state_key.h"

#include "base/check.h"
#include "crypto/digest.h"
#include "ledger/fields.h"

namespace galen::ledger {

namespace {

struct KeyRule {
  KeyKind kind;
  TreeKind tree;
  std::size_t id_bytes;
  std::string_view tag;
};

constexpr KeyRule kRules[] = {
    {KeyKind::kSubjectRoot, TreeKind::kMain, 32, "subject"},
    {KeyKind::kAuditRoot, TreeKind::kMain, 32, "audit"},
    {KeyKind::kParameters, TreeKind::kMain, 0, "parameters"},
    {KeyKind::kValidators, TreeKind::kMain, 0, "validators"},
    {KeyKind::kOrganisation, TreeKind::kMain, 32, "organisation"},
    {KeyKind::kNonce, TreeKind::kMain, 34, "nonce"},
    {KeyKind::kTombstone, TreeKind::kMain, 32, "tombstone"},
    {KeyKind::kGroup, TreeKind::kMain, 32, "group"},
    {KeyKind::kBallot, TreeKind::kMain, 32, "ballot"},
    {KeyKind::kErasureRequest, TreeKind::kMain, 32, "erasure-request"},
    {KeyKind::kErasureOrder, TreeKind::kMain, 34, "erasure-order"},
    {KeyKind::kHold, TreeKind::kMain, 32, "hold-on"},
    {KeyKind::kAttestation, TreeKind::kMain, 32, "attestation"},
    {KeyKind::kJournal, TreeKind::kMain, 32, "journal"},
    {KeyKind::kEmergencyQuota, TreeKind::kMain, 32, "emergency-quota"},
    {KeyKind::kPatient, TreeKind::kClinical, 32, "patient"},
    {KeyKind::kPractitioner, TreeKind::kClinical, 32, "practitioner"},
    {KeyKind::kRecord, TreeKind::kClinical, 32, "record"},
    {KeyKind::kGrant, TreeKind::kClinical, 32, "grant"},
    {KeyKind::kRevocation, TreeKind::kClinical, 32, "revocation"},
    {KeyKind::kSequence, TreeKind::kClinical, 32, "sequence"},
    {KeyKind::kProxy, TreeKind::kClinical, 32, "proxy"},
    {KeyKind::kLink, TreeKind::kClinical, 32, "link"},
    {KeyKind::kRecovery, TreeKind::kClinical, 32, "recovery"},
    {KeyKind::kRecoveryRequest, TreeKind::kClinical, 32, "recovery-request"},
    {KeyKind::kMembership, TreeKind::kClinical, 32, "membership"},
    {KeyKind::kProxyRevocation, TreeKind::kClinical, 32, "proxy-revocation"},
    {KeyKind::kAccess, TreeKind::kAudit, 8, "access"},
    {KeyKind::kAccessRange, TreeKind::kAudit, 0, "access-range"},
    {KeyKind::kRequest, TreeKind::kAudit, 32, "request"},
    {KeyKind::kSealed, TreeKind::kAudit, 32, "sealed"},
    {KeyKind::kDeclaration, TreeKind::kAudit, 32, "declaration-of"},
    {KeyKind::kReview, TreeKind::kAudit, 32, "review"},
    {KeyKind::kUnreviewed, TreeKind::kAudit, 32, "unreviewed"},
    {KeyKind::kReceiptKey, TreeKind::kMain, 32, "receipt-key"},
    {KeyKind::kJournalPlace, TreeKind::kAudit, 32, "place"},
    {KeyKind::kWaitingReceipts, TreeKind::kAudit, 32, "waiting-receipts"},
};

constexpr std::size_t kMaxIdBytes = 34;

const KeyRule* rule_of(KeyKind kind) {
  for (const KeyRule& rule : kRules) {
    if (rule.kind == kind) return &rule;
  }
  return nullptr;
}

StateKey make_key(const TreeId& tree, KeyKind kind, BytesView id) {
  const KeyRule* rule = rule_of(kind);
  CHECK(rule != nullptr && rule->tree == tree.kind, "this kind of key stands in another tree");
  CHECK(rule->id_bytes == id.size(), "an id of another size than its kind has");
  return StateKey{tree, kind, to_bytes(id)};
}

}  // namespace

std::string_view tag_of(KeyKind kind) {
  const KeyRule* rule = rule_of(kind);
  return rule == nullptr ? "?" : rule->tag;
}

std::vector<KeyKind> kinds_in(TreeKind tree) {
  std::vector<KeyKind> kinds;
  for (const KeyRule& rule : kRules) {
    if (rule.tree == tree) kinds.push_back(rule.kind);
  }
  return kinds;
}

Digest StateKey::hash() const {
  return crypto::tagged(tag_of(kind), id);
}

StateKey StateKey::main(KeyKind kind, BytesView id) {
  return make_key(TreeId{TreeKind::kMain, PatientId{}}, kind, id);
}

StateKey StateKey::clinical(const PatientId& subject, KeyKind kind, BytesView id) {
  return make_key(TreeId{TreeKind::kClinical, subject}, kind, id);
}

StateKey StateKey::audit(const PatientId& subject, KeyKind kind, BytesView id) {
  return make_key(TreeId{TreeKind::kAudit, subject}, kind, id);
}

namespace fields {

void write(codec::Writer& w, const StateKey& key) {
  w.enumeration(key.tree.kind).raw(key.tree.subject).enumeration(key.kind).bytes(key.id);
}

StateKey read_state_key(codec::Reader& r) {
  StateKey key;
  key.tree.kind = r.enumeration<TreeKind>([](TreeKind k) { return k <= TreeKind::kAudit; });
  key.tree.subject = r.fixed<PatientId>();
  key.kind = r.enumeration<KeyKind>([](KeyKind k) { return rule_of(k) != nullptr; });
  key.id = to_bytes(r.bytes(kMaxIdBytes));
  if (r.failed()) return key;
  const KeyRule& rule = *rule_of(key.kind);
  if (rule.tree != key.tree.kind) r.fail_with("this kind of key stands in another tree");
  if (rule.id_bytes != key.id.size()) r.fail_with("an id of another size than its kind has");
  if (key.tree.kind == TreeKind::kMain && !key.tree.subject.is_zero()) {
    r.fail_with("a subject in the main tree");
  }
  return key;
}

}  // namespace fields

Bytes StateKey::encode() const {
  codec::Writer w;
  fields::write(w, *this);
  return std::move(w).take();
}

Result<StateKey> StateKey::decode(BytesView bytes) {
  codec::Reader r(bytes, "state key");
  StateKey key = fields::read_state_key(r);
  return fields::finish(r, std::move(key));
}

}  // namespace galen::ledger
