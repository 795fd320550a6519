#include "base/check.h"
#include "codec/codec.h"
#include "execution/executor.h"

namespace galen::execution {

namespace {

using ledger::KeyKind;
using ledger::StateKey;

/// State before genesis.
class NoPages final : public PageReader {
 public:
  [[nodiscard]] std::optional<Bytes> page(const PageId& /*id*/) const override {
    return std::nullopt;
  }
};

OrganisationEntry entry_of(const ledger::GenesisOrganisation& organisation) {
  OrganisationEntry entry;
  entry.id = organisation.id;
  entry.name = organisation.name;
  entry.kind = organisation.kind;
  entry.region = organisation.region;
  entry.signing_keys = {organisation.signing_key};
  entry.agreement_key = organisation.agreement_key;
  entry.tls_key = organisation.tls_key;
  return entry;
}

/// FROZEN (docs/formats.md).
Bytes encode_receipt_key(const PublicKey& key) {
  codec::Writer w;
  w.u16(1).raw(key);
  return std::move(w).take();
}

}  // namespace

StateCommit genesis_state(const ledger::Genesis& genesis) {
  StateWrites writes;
  writes[StateKey::main(KeyKind::kParameters)] = {ledger::encode(genesis.parameters), {}};
  writes[StateKey::main(KeyKind::kValidators)] = {ledger::encode(ledger::validator_set(genesis)),
                                                  {}};
  for (const ledger::GenesisOrganisation& organisation : genesis.organisations) {
    writes[StateKey::main(KeyKind::kOrganisation, organisation.id)] = {
        entry_of(organisation).encode(), {}};
  }
  for (const ledger::GenesisValidator& validator : genesis.validators) {
    writes[StateKey::main(KeyKind::kReceiptKey, validator.organisation)] = {
        encode_receipt_key(validator.receipt_key), {}};
  }
  return commit_writes(NoPages{}, writes, Height{0});
}

ledger::Parameters load_parameters(const StateReader& state) {
  const std::optional<Bytes> stored = state.get(StateKey::main(KeyKind::kParameters));
  CHECK(stored.has_value(), "genesis wrote the parameters");
  Result<ledger::Parameters> parameters = ledger::decode_parameters(*stored);
  CHECK(parameters.has_value(), "parameters in state decode: the state is damaged");
  return *std::move(parameters);
}

}  // namespace galen::execution
