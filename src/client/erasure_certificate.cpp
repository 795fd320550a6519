// The certificate of an erasure: proofs in one file, believed with the genesis alone. FROZEN
// (docs/formats.md). Thread rule: one thread.
#include "base/hex.h"
#include "client/erasure.h"
#include "client/proven_relations.h"
#include "client/state_query.h"
#include "client/text_forms.h"
#include "codec/codec.h"
#include "ledger/erasure_entries.h"
#include "ledger/proof.h"

#include <algorithm>
#include <charconv>
#include <set>
#include <utility>

namespace galen::client {

namespace {

using ledger::AttestationEntry;
using ledger::ErasureOrderEntry;
using ledger::ErasurePhase;
using ledger::KeyKind;
using ledger::StateKey;
using ledger::Tombstone;

constexpr std::uint16_t kVersion = 1;
constexpr std::size_t kMaxProofs = 2 + 2 * 128;
constexpr std::size_t kMaxProofBytes = 64 * 1024;

Bytes encode(const std::vector<Bytes>& proofs) {
  codec::Writer w;
  w.tag("erasure-certificate").u16(kVersion).count(proofs.size());
  for (const Bytes& proof : proofs) w.bytes(proof);
  return std::move(w).take();
}

Result<std::vector<Bytes>> decode(BytesView bytes) {
  codec::Reader r(bytes, "erasure certificate");
  r.tag("erasure-certificate");
  if (r.u16() != kVersion) r.fail_with("unknown version");
  std::vector<Bytes> proofs;
  const std::size_t count = r.count(kMaxProofs);
  for (std::size_t i = 0; i < count && !r.failed(); ++i) {
    proofs.push_back(to_bytes(r.bytes(kMaxProofBytes)));
  }
  const Status status = r.finish();
  if (!status) return fail(ErrorCode::kCorrupt, status.error().message);
  if (proofs.size() < 2) return fail(ErrorCode::kCorrupt, "an erasure certificate lacks proofs");
  return proofs;
}

tl::unexpected<Error> refuse(std::string_view what) {
  return fail(ErrorCode::kCorrupt, "erasure certificate: " + std::string(what));
}

/// The proven value of a present key of this kind.
template <class Entry>
Result<Entry> read(const Bytes& bytes,
                   KeyKind kind,
                   const ledger::Genesis& genesis,
                   StateKey& key,
                   std::uint64_t* height = nullptr) {
  const auto proof = ledger::decode_state_proof(bytes);
  if (!proof) return refuse(proof.error().message);
  const auto state = ledger::verify(*proof, genesis);
  if (!state) return refuse(state.error().message);
  if (proof->key.kind != kind || !state->present) return refuse("a proof of something else");
  key = proof->key;
  if (height != nullptr) *height = state->height.value;
  auto entry = Entry::decode(state->value);
  if (!entry) return refuse(entry.error().message);
  return entry;
}

StateKey tombstone_key(const ErasureOrderEntry& order) {
  return order.record ? Tombstone::key(*order.record) : Tombstone::key(order.path);
}

}  // namespace

Result<ErasureCertificate> erasure_certificate(Session& session, const std::string& text) {
  // "TX" is its operation 0.
  const std::size_t colon = text.find(':');
  GALEN_TRY(const auto order, parse_id<TxId>(text.substr(0, colon), "order"));
  std::uint16_t operation = 0;
  if (colon != std::string::npos) {
    const char* const end = text.data() + text.size();
    const auto [last, error] = std::from_chars(text.data() + colon + 1, end, operation);
    if (error != std::errc() || last != end) {
      return fail(ErrorCode::kInvalidArgument, "order: after ':' comes its place, a number");
    }
  }
  GALEN_TRY(const auto entry, find_state(session, ErasureOrderEntry::key(order, operation)));
  if (!entry) return fail(ErrorCode::kNotFound, "no such erasure order");
  GALEN_TRY(const auto what, ErasureOrderEntry::decode(entry->state.value));
  GALEN_TRY(const auto stone, prove_state(session, tombstone_key(what)));
  std::vector<Bytes> proofs{entry->bytes, stone.bytes};
  for (const auto& validator : session.genesis().validators) {
    for (const ErasurePhase phase : {ErasurePhase::kKeys, ErasurePhase::kBytes}) {
      GALEN_TRY(auto proven,
                find_state(session,
                           AttestationEntry::key(order, operation, validator.organisation, phase)));
      if (proven) proofs.push_back(std::move(proven->bytes));
    }
  }
  return verify_certificate_bytes(encode(proofs), session.genesis());
}

Result<ErasureCertificate> verify_certificate_bytes(BytesView bytes,
                                                    const ledger::Genesis& genesis) {
  GALEN_TRY(const auto proofs, decode(bytes));
  StateKey key;
  GALEN_TRY(const auto order,
            read<ErasureOrderEntry>(proofs[0], KeyKind::kErasureOrder, genesis, key));
  ErasureCertificate certificate;
  certificate.bytes = to_bytes(bytes);
  const Bytes order_id = key.id;
  const auto transaction = TxId::from(BytesView(order_id).first(TxId::kSize));
  ErasureView& view = certificate.erasure;
  view.order = to_hex(transaction);
  view.scope = ledger::name(order.scope);
  view.path = to_hex(order.path);
  GALEN_TRY(const auto stone, read<Tombstone>(proofs[1], KeyKind::kTombstone, genesis, key));
  if (key != tombstone_key(order)) return refuse("the tombstone is of something else");
  const bool audit = order.scope == ledger::ErasureScope::kAudit;
  if (audit && !stone.audit) return refuse("the audit compartment is still there");
  const ledger::Erasure& erased = audit ? *stone.audit : stone.erased;
  if (erased.request != order.request) return refuse("the tombstone is of another order");
  view.height = erased.height.value;
  view.operations = erased.operations;
  if (!audit) view.audit_until_ms = stone.audit_until.value;
  std::set<std::pair<AccountId, ErasurePhase>> seen;
  for (std::size_t i = 2; i < proofs.size(); ++i) {
    GALEN_TRY(const auto entry,
              read<AttestationEntry>(proofs[i], KeyKind::kAttestation, genesis, key));
    const ledger::AttestErasure& attest = entry.attestation;
    const StateKey expected =
        AttestationEntry::key(attest.order, attest.operation, attest.node, attest.phase);
    const bool is_of_it =
        key == expected && ErasureOrderEntry::key(attest.order, attest.operation).id == order_id;
    const bool is_member = std::any_of(
        genesis.validators.begin(), genesis.validators.end(), [&](const auto& validator) {
          return validator.organisation == attest.node;
        });
    if (!is_of_it || !is_member) return refuse("a foreign attestation");
    if (!seen.emplace(attest.node, attest.phase).second) return refuse("an attestation twice");
    view.attestations.push_back({organisation_name(genesis, attest.node),
                                 std::string(ledger::name(attest.phase)),
                                 retained_views(attest.retained, entry.recorded),
                                 attest.time.value});
  }
  certificate.nodes = genesis.validators.size();
  return certificate;
}

}  // namespace galen::client
