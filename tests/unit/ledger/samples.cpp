#include "samples.h"

#include "base/check.h"
#include "base/limits.h"

#include <algorithm>
#include <map>

namespace galen::ledger::samples {

Signature fixed_signature(std::uint8_t fill) {
  Signature signature;
  signature.value.fill(fill);
  return signature;
}

PublicKey fixed_key(std::uint8_t first) {
  auto key = pattern<PublicKey>(first);
  key.value[0] = 2;
  return key;
}

crypto::PrivateKey key(std::uint32_t number) {
  Random32 scalar;
  for (std::size_t i = 0; i < 4; ++i) {
    scalar.value[31 - i] = static_cast<std::uint8_t>(number >> (8 * i));
  }
  auto key = crypto::PrivateKey::from_scalar(scalar);
  CHECK(key.has_value(), "a scalar in range");
  return *key;
}

std::uint64_t Dice::roll() {
  state_ += 0x9e3779b97f4a7c15U;
  std::uint64_t z = state_;
  z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
  z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
  return z ^ (z >> 31U);
}

void Dice::fill(std::span<std::uint8_t> out) {
  for (std::uint8_t& byte : out) byte = static_cast<std::uint8_t>(roll() >> 56U);
}

GrantTerms grant_terms() {
  GrantTerms t;
  t.patient = pattern<PatientId>(0x10);
  t.grantee = Grantee{GranteeKind::kPractitioner, pattern<AccountId>(0x20)};
  t.purposes = {"COC", "TREAT"};
  t.actions = action_bit(Action::kDiscover) | action_bit(Action::kRead);
  t.classes = class_bit(RecordClass::kLab) | class_bit(RecordClass::kOther);
  t.confidentiality = Confidentiality::kR;
  t.labels = {"HIV", "PSY"};
  t.data_from = CalendarDate{-3653};
  t.data_to = CalendarDate{20'000};
  t.data = {DataLimit{DataMeaning::kInstance, pattern<Random32>(0x30)},
            DataLimit{DataMeaning::kAuthoredBy, pattern<Random32>(0x31)}};
  t.regions = {"DE", "FR"};
  t.valid_from = TimeMs{1'760'000'000'000};
  t.valid_to = TimeMs{1'770'000'000'000};
  t.erase_at = TimeMs{1'780'000'000'000};
  t.policy = pattern<Digest>(0x40);
  t.terms_commitment = pattern<Digest>(0x50);
  t.supersedes = {pattern<GrantId>(0x60), pattern<GrantId>(0x61)};
  t.max_uses = 7;
  t.acknowledge_shadowed = true;
  t.labels_key_id = 9;
  return t;
}

AppendRecord append_record() {
  AppendRecord v;
  v.record = pattern<RecordId>(1);
  v.seed = pattern<Random32>(2);
  v.patient = pattern<PatientId>(0x10);
  v.record_class = RecordClass::kImaging;
  v.confidentiality = Confidentiality::kN;
  v.labels = {"SDV"};
  v.labels_key_id = 3;
  v.service_date = CalendarDate{19'876};
  v.created = TimeMs{1'760'000'000'001};
  v.mime_type = "application/fhir+json; fhirVersion=4.0";
  v.size = 123'456;
  v.payload = pattern<PayloadAddress>(4);
  v.content_commitment = pattern<Digest>(5);
  v.authors = {pattern<AccountId>(6), pattern<AccountId>(7)};
  v.related = {pattern<Random32>(8)};
  v.withhold_from_patient = true;
  return v;
}

LogAccess log_access() {
  AccessRequest q;
  q.request = pattern<RequestId>(0x70);
  q.person = pattern<AccountId>(0x71);
  q.organisation = pattern<AccountId>(0x72);
  q.patient = pattern<PatientId>(0x10);
  q.records = {pattern<RecordId>(1), pattern<RecordId>(2)};
  q.purpose = "TREAT";
  q.action = Action::kCopy;
  q.recipient_key = fixed_key(0x73);
  q.project = pattern<AccountId>(0x74);
  q.expiry = TimeMs{1'760'000'060'000};
  return LogAccess{q};
}

std::vector<Operation> first_operations() {
  RegisterPractitioner practitioner;
  practitioner.practitioner = pattern<AccountId>(0x80);
  practitioner.seed = pattern<Random32>(0x81);
  practitioner.role = Role::kClinician;
  practitioner.emergency_privilege = true;
  practitioner.signing_key = fixed_key(0x82);
  practitioner.agreement_key = fixed_key(0x86);
  practitioner.signing_possession = fixed_signature(0x11);
  practitioner.agreement_possession = fixed_signature(0x14);
  RegisterPatient patient;
  patient.patient = pattern<PatientId>(0x10);
  patient.seed = pattern<Random32>(0x83);
  patient.signing_key = fixed_key(0x84);
  patient.agreement_key = fixed_key(0x85);
  patient.held_by = KeyHolder::kPatient;
  patient.signing_possession = fixed_signature(0x12);
  patient.agreement_possession = fixed_signature(0x13);
  GrantTerms denied;
  denied.patient = pattern<PatientId>(0x10);
  denied.grantee = Grantee{GranteeKind::kAny, AccountId{}};
  denied.purposes = {"*"};
  denied.emergency_override = EmergencyOverride::kForbid;
  const RevokeAccess revoke{
      pattern<PatientId>(0x10), pattern<GrantId>(0x60), ledger::RevocationReason{4}};
  return {practitioner,
          patient,
          GrantAccess{grant_terms()},
          DenyAccess{denied},
          revoke,
          append_record(),
          log_access()};
}

Authorisation authorisation() {
  Authorisation a;
  a.role = AuthorisationRole::kPatient;
  a.account = pattern<AccountId>(0x10);
  a.key_index = 1;
  a.submitter = pattern<AccountId>(0x90);
  a.sequence = 5;
  a.not_after = TimeMs{1'760'000'600'000};
  a.signature = fixed_signature(0x14);
  return a;
}

Transaction transaction() {
  Dice dice(1);
  TransactionBuilder builder(pattern<ChainId>(0xa0), pattern<AccountId>(0x90), 2, dice);
  builder.add(first_operations()[1]);
  builder.add(GrantAccess{grant_terms()}, {authorisation()});
  const auto header = builder.header(Nonce{3, 77}, TimeMs{1'760'000'300'000});
  return std::move(builder).finish(header, fixed_signature(0x15));
}

BlockHeader block_header() {
  BlockHeader h;
  h.chain = pattern<ChainId>(0xa0);
  h.height = Height{12};
  h.parent = pattern<BlockHash>(0xa1);
  h.epoch = Epoch{0};
  h.validators = pattern<Digest>(0xa2);
  h.next_validators = pattern<Digest>(0xa3);
  h.origin_view = View{6};
  h.time = TimeMs{1'760'000'200'000};
  h.transactions_root = pattern<Digest>(0xa4);
  h.receipts_root = pattern<Digest>(0xa5);
  h.state_root = pattern<Digest>(0xa6);
  return h;
}

Block block() {
  return Block{block_header(), {encode(transaction()), Bytes{1, 2, 3}}};
}

Certificate certificate() {
  Certificate c;
  c.subject =
      VoteSubject{Epoch{0}, VoteType::kCommit, View{7}, Height{12}, block_hash(block_header())};
  c.signatures = {{ValidatorIndex{0}, fixed_signature(0x21)},
                  {ValidatorIndex{1}, fixed_signature(0x22)},
                  {ValidatorIndex{3}, fixed_signature(0x23)}};
  return c;
}

Receipt receipt() {
  return Receipt{transaction_id(transaction().header), true, pattern<Digest>(0xb0)};
}

OperationResult operation_result() {
  return OperationResult{ResultCode::kShadowed, to_bytes("\x01\x02\x03")};
}

Genesis fixed_genesis() {
  Genesis g;
  g.name = "valley-1";
  g.time = TimeMs{1'760'000'000'000};
  g.parameters = default_parameters();
  for (std::uint8_t i = 0; i < 2; ++i) {
    GenesisOrganisation o;
    o.id = pattern<AccountId>(static_cast<std::uint8_t>(0xc0 + i));
    o.name = i == 0 ? "hospital-1" : "insurer";
    o.kind = i == 0 ? OrganisationKind::kProvider : OrganisationKind::kPayer;
    o.region = "DE";
    o.signing_key = fixed_key(static_cast<std::uint8_t>(0xd0 + i));
    o.agreement_key = fixed_key(static_cast<std::uint8_t>(0xd2 + i));
    o.tls_key = fixed_key(static_cast<std::uint8_t>(0xd4 + i));
    o.signing_possession = fixed_signature(0x31);
    o.agreement_possession = fixed_signature(0x32);
    o.tls_possession = fixed_signature(0x33);
    g.organisations.push_back(o);
  }
  g.validators = {GenesisValidator{g.organisations[0].id,
                                   fixed_key(0xe0),
                                   fixed_key(0xe1),
                                   fixed_key(0xe2),
                                   fixed_signature(0x34),
                                   fixed_signature(0x35),
                                   fixed_signature(0x36)}};
  return g;
}

StateProof state_proof() {
  StateProof p;
  p.header = block_header();
  p.certificate = certificate();
  const auto subject = pattern<PatientId>(0x10);
  p.key = StateKey::clinical(subject, KeyKind::kRecord, pattern<RecordId>(1));
  p.main_path.siblings = {pattern<Digest>(0xf0), Digest{}, pattern<Digest>(0xf1)};
  p.main_path.leaf = LeafContent{StateKey::main(KeyKind::kSubjectRoot, subject).hash(),
                                 pattern<Digest>(0xf2),
                                 Height{11},
                                 pattern<Digest>(0xf3)};
  p.subtree_root = pattern<Digest>(0xf4);
  p.subtree_path = TreePath{{}, LeafContent{p.key.hash(), pattern<Digest>(0xf5), Height{9}, {}}};
  p.opening = ValueOpening{pattern<Digest>(0xf6), to_bytes("value")};
  return p;
}

TransactionProof transaction_proof() {
  TransactionProof p;
  p.header = block_header();
  p.certificate = certificate();
  p.transaction = transaction().header;
  p.signature = transaction().signature;
  p.index = 2;
  p.count = 5;
  p.transaction_path = {pattern<Digest>(0xf7), pattern<Digest>(0xf8)};
  p.receipt = receipt();
  p.receipt_path = {pattern<Digest>(0xf9)};
  return p;
}

namespace {

// Scalars of the keys of hospital i of valid_genesis.
constexpr std::uint32_t kFirstKey = 1000;
constexpr std::uint32_t kKeysPerHospital = 6;

struct Keys {
  crypto::PrivateKey signing;
  crypto::PrivateKey agreement;
  crypto::PrivateKey tls;
  crypto::PrivateKey consensus;
  crypto::PrivateKey node_tls;
  crypto::PrivateKey receipt;
};

Keys keys_of(std::uint32_t i) {
  const std::uint32_t first = kFirstKey + kKeysPerHospital * i;
  return Keys{
      key(first), key(first + 1), key(first + 2), key(first + 3), key(first + 4), key(first + 5)};
}

Signature possess(KeyUse use, const AccountId& account, const crypto::PrivateKey& key) {
  return key.sign(possession_statement(use, account, key.public_key()));
}

GenesisOrganisation organisation(std::uint32_t i, const Keys& keys) {
  GenesisOrganisation o;
  o.id = organisation_id(keys.signing.public_key());
  o.name = "hospital-" + std::to_string(i + 1);
  o.region = "DE";
  o.signing_key = keys.signing.public_key();
  o.agreement_key = keys.agreement.public_key();
  o.tls_key = keys.tls.public_key();
  o.signing_possession = possess(KeyUse::kSigning, o.id, keys.signing);
  o.agreement_possession = possess(KeyUse::kAgreement, o.id, keys.agreement);
  o.tls_possession = possess(KeyUse::kTls, o.id, keys.tls);
  return o;
}

}  // namespace

Genesis valid_genesis(std::uint32_t n) {
  Genesis g;
  g.name = "valley";
  g.time = TimeMs{1'760'000'000'000};
  g.parameters = default_parameters();
  for (std::uint32_t i = 0; i < n; ++i) {
    const Keys keys = keys_of(i);
    const GenesisOrganisation o = organisation(i, keys);
    g.validators.push_back(GenesisValidator{o.id,
                                            keys.consensus.public_key(),
                                            keys.node_tls.public_key(),
                                            keys.receipt.public_key(),
                                            possess(KeyUse::kConsensus, o.id, keys.consensus),
                                            possess(KeyUse::kTls, o.id, keys.node_tls),
                                            possess(KeyUse::kReceipt, o.id, keys.receipt)});
    g.organisations.push_back(o);
  }
  std::sort(g.organisations.begin(), g.organisations.end(), [](const auto& a, const auto& b) {
    return a.id < b.id;
  });
  return g;
}

crypto::PrivateKey consensus_key(const Genesis& genesis, std::size_t index) {
  auto consensus = keys_of(static_cast<std::uint32_t>(index)).consensus;
  CHECK(genesis.validators.at(index).consensus_key == consensus.public_key(), "of valid_genesis");
  return consensus;
}

}  // namespace galen::ledger::samples
