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
                BytesView receipt,
                BytesView proof) {
  codec::Writer w;
  w.tag("receipt-seal").u16(kVersion).raw(chain).raw(organisation);
  w.raw(crypto::sha256(receipt)).raw(crypto::sha256(proof));
  return std::move(w).take();
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
  const Signature signature =
      sealer.key.sign(statement(sealer.chain, sealer.organisation, receipt, proof));
  codec::Writer w;
  w.tag("receipt-seal").u16(kVersion).raw(signature).bytes(sealer.key_proof);
  return std::move(w).take();
}

Result<Bytes> seal_receipt(Session& session, BytesView receipt, BytesView proof) {
  const AccountId& organisation = session.organisation().id;
  const auto key = ledger::StateKey::main(KeyKind::kOrganisation, organisation);
  GALEN_TRY(const auto proven, prove_state(session, key));
  return make_seal(
      {session.chain(), organisation, session.signing_key(), proven.bytes}, receipt, proof);
}

Result<SealReport> verify_seal(const SealedReceipt& sealed, const ledger::Genesis& genesis) {
  codec::Reader r(sealed.seal, "receipt seal");
  r.tag("receipt-seal");
  if (r.u16() != kVersion) r.fail_with("unknown version");
  const auto signature = r.fixed<Signature>();
  const Bytes of_key = to_bytes(r.bytes(kMaxProofBytes));
  if (const Status status = r.finish(); !status) return refuse(status.error().message);
  GALEN_TRY(const Sealer sealer, read_sealer(of_key, genesis));
  const Bytes said =
      statement(ledger::chain_id(genesis), sealer.entry.id, sealed.receipt, sealed.proof);
  const auto& keys = sealer.entry.signing_keys;
  const bool signed_by_it = std::any_of(keys.begin(), keys.end(), [&](const PublicKey& key) {
    return key != PublicKey{} && crypto::verify(key, said, signature);
  });
  if (!signed_by_it) return refuse("receipt or proof were changed, or it is not of this receipt");
  SealReport report;
  report.organisation = sealer.entry.name;
  report.height = sealer.height;
  GALEN_TRY(report.grant, verify_proof_bytes(sealed.proof, genesis));
  return report;
}

}  // namespace galen::client
