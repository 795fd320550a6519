#include "client/receipt_seal.h"

#include "client/proofs.h"
#include "client/state_query.h"
#include "codec/codec.h"
#include "crypto/digest.h"
#include "execution/executor.h"

#include <algorithm>

namespace galen::client {

namespace {

using execution::OrganisationEntry;
using ledger::KeyKind;

constexpr std::uint16_t kVersion = 1;
constexpr std::size_t kMaxProofBytes = 64 * 1024;

tl::unexpected<Error> refuse(std::string_view what) {
  return fail(ErrorCode::kCorrupt, "receipt seal: " + std::string(what));
}

Bytes statement(const ChainId& chain,
                const AccountId& organisation,
                BytesView key_proof,
                BytesView receipt,
                BytesView proof) {
  codec::Writer w;
  w.tag("receipt-seal").u16(kVersion).raw(chain).raw(organisation);
  w.raw(crypto::sha256(key_proof)).raw(crypto::sha256(receipt)).raw(crypto::sha256(proof));
  return std::move(w).take();
}

Status require_grant(BytesView bytes) {
  const auto proof = ledger::decode_state_proof(bytes);
  if (!proof) return refuse("beside the receipt there is no proof of a state");
  if (proof->key.kind != KeyKind::kGrant || !proof->opening) {
    return refuse("what is proven beside the receipt is no grant or denial");
  }
  return {};
}

/// Told to the hospital, not by a seal that nobody can verify.
Status require_own_key(Session& session, BytesView organisation) {
  GALEN_TRY(const auto entry, OrganisationEntry::decode(organisation));
  const auto& keys = entry.signing_keys;
  if (std::find(keys.begin(), keys.end(), session.signing_key().public_key()) != keys.end()) {
    return {};
  }
  return fail(ErrorCode::kConfig,
              "the profile's signing key is none of " + entry.name +
                  " any more: name the one it was rotated to");
}

/// What the organisation is by a proof of the state.
struct Sealer {
  OrganisationEntry entry;
  std::uint64_t height = 0;
};

Result<Sealer> read_sealer(BytesView bytes, const ledger::Genesis& genesis) {
  const auto proof = ledger::decode_state_proof(bytes);
  if (!proof) return refuse(proof.error().message);
  const auto state = ledger::verify(*proof, genesis);
  if (!state) return refuse(state.error().message);
  if (proof->key.kind != KeyKind::kOrganisation || !state->present) {
    return refuse("its key is proven of no organisation");
  }
  auto entry = OrganisationEntry::decode(state->value);
  if (!entry) return refuse(entry.error().message);
  if (proof->key != ledger::StateKey::main(KeyKind::kOrganisation, entry->id)) {
    return refuse("its key is proven of another organisation");
  }
  return Sealer{*std::move(entry), state->height.value};
}

}  // namespace

Bytes make_seal(const ReceiptSealer& sealer, BytesView receipt, BytesView proof) {
  const Signature signature = sealer.key.sign(
      statement(sealer.chain, sealer.organisation, sealer.key_proof, receipt, proof));
  codec::Writer w;
  w.tag("receipt-seal").u16(kVersion).raw(signature).bytes(sealer.key_proof);
  return std::move(w).take();
}

Result<Bytes> seal_receipt(Session& session, BytesView receipt, BytesView proof) {
  const AccountId& organisation = session.organisation().id;
  const auto key = ledger::StateKey::main(KeyKind::kOrganisation, organisation);
  GALEN_TRY(const auto proven, prove_state(session, key));
  Bytes seal = make_seal(
      {session.chain(), organisation, session.signing_key(), proven.bytes}, receipt, proof);
  GALEN_TRY_STATUS(require_own_key(session, proven.state.value));
  // A node that lags: told here, not to the patient at home.
  const SealedReceipt sealed{to_bytes(receipt), to_bytes(proof), seal};
  GALEN_TRY_STATUS(verify_seal(sealed, session.genesis()));
  return seal;
}

Result<SealReport> verify_seal(const SealedReceipt& sealed, const ledger::Genesis& genesis) {
  codec::Reader r(sealed.seal, "receipt seal");
  r.tag("receipt-seal");
  if (r.u16() != kVersion) r.fail_with("unknown version");
  const auto signature = r.fixed<Signature>();
  const Bytes of_key = to_bytes(r.bytes(kMaxProofBytes));
  if (const Status status = r.finish(); !status) {
    return fail(ErrorCode::kCorrupt, status.error().message);
  }
  GALEN_TRY(const Sealer sealer, read_sealer(of_key, genesis));
  if (!sealer.entry.active) return refuse(sealer.entry.name + " was suspended or revoked");
  const Bytes said =
      statement(ledger::chain_id(genesis), sealer.entry.id, of_key, sealed.receipt, sealed.proof);
  const auto& keys = sealer.entry.signing_keys;
  const bool signed_by_it = std::any_of(keys.begin(), keys.end(), [&](const PublicKey& key) {
    return key != PublicKey{} && crypto::verify(key, said, signature);
  });
  if (!signed_by_it) return refuse("receipt or proof were changed, or it is not of this receipt");
  SealReport report;
  report.organisation = sealer.entry.name;
  report.height = sealer.height;
  GALEN_TRY_STATUS(require_grant(sealed.proof));
  GALEN_TRY(report.grant, verify_proof_bytes(sealed.proof, genesis));
  // An older proof of the key might show one that was retired before the receipt was made.
  if (sealer.height < report.grant.height) {
    return refuse("its key is proven for a time before the receipt's own proof");
  }
  return report;
}

}  // namespace galen::client
