#include "client/state_query.h"

#include "execution/executor.h"
#include "modules/identity/people.h"

namespace galen::client {

Result<ProvenKey> prove_state(Session& session,
                              const ledger::StateKey& key,
                              const OwnRequest& own) {
  const Bytes encoded = key.encode();
  GALEN_TRY(Bytes bytes, session.ask([&](NodeApi& node, Deadline until) {
    return node.state_proof(encoded, own, until);
  }));
  return verify_key(std::move(bytes), key, session.genesis());
}

Result<std::optional<ProvenKey>> find_state(Session& session, const ledger::StateKey& key) {
  auto proven = prove_state(session, key);
  if (!proven && proven.error().code == ErrorCode::kNotFound) return std::optional<ProvenKey>{};
  if (!proven) return tl::unexpected(proven.error());
  if (!proven->state.present) return std::optional<ProvenKey>{};
  return std::optional<ProvenKey>(*std::move(proven));
}

Result<ProvenKey> verify_key(Bytes encoded_proof,
                             const ledger::StateKey& key,
                             const ledger::Genesis& genesis) {
  ProvenKey proven;
  proven.bytes = std::move(encoded_proof);
  auto proof = ledger::decode_state_proof(proven.bytes);
  if (!proof) return fail(ErrorCode::kCorrupt, proof.error().message);
  proven.proof = std::move(*proof);
  if (proven.proof.key != key) return fail(ErrorCode::kCorrupt, "the proof is of another key");
  auto state = ledger::verify(proven.proof, genesis);
  if (!state) return fail(ErrorCode::kCorrupt, state.error().message);
  proven.state = std::move(*state);
  return proven;
}

Status require_erased(Session& session, const ledger::StateKey& tombstone) {
  GALEN_TRY(const auto stone, find_state(session, tombstone));
  if (stone) return {};
  return fail(
      ErrorCode::kCorrupt,
      "a node shows an older state than the one that names what is missing in it; ask again");
}

Result<PublicKey> patient_agreement_key(Session& session, const PatientId& patient) {
  const auto known = session.people().load(id_cast<AccountId>(patient));
  if (known && known->agreement_key) return known->agreement_key->public_key();
  GALEN_TRY(const auto proven, prove_state(session, identity::PatientEntry::key(patient)));
  if (!proven.state.present) return fail(ErrorCode::kNotFound, "no such patient");
  GALEN_TRY(const auto entry, identity::PatientEntry::decode(proven.state.value));
  return entry.agreement_key;
}

Result<PublicKey> own_agreement_key(Session& session) {
  const auto key =
      ledger::StateKey::main(ledger::KeyKind::kOrganisation, session.organisation().id);
  GALEN_TRY(const auto proven, prove_state(session, key));
  if (!proven.state.present)
    return fail(ErrorCode::kCorrupt, "the own organisation is not in the state");
  GALEN_TRY(const auto entry, execution::OrganisationEntry::decode(proven.state.value));
  return entry.agreement_key;
}

}  // namespace galen::client
