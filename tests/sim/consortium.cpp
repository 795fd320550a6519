#include "sim/consortium.h"

#include "base/check.h"
#include "engine/signature_memo.h"
#include "execution/executor.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <utility>

namespace galen::sim {

namespace {

using ledger::KeyUse;

Signature prove(const crypto::PrivateKey& key, KeyUse use, const AccountId& id) {
  return key.sign(ledger::possession_statement(use, id, key.public_key()));
}

void add_hospital(Consortium& consortium, std::size_t number, Rng& rng) {
  Hospital hospital{new_key(rng), new_key(rng), {}};
  hospital.id = ledger::organisation_id(hospital.signing.public_key());
  const crypto::PrivateKey agreement = new_key(rng);
  const crypto::PrivateKey tls = new_key(rng);
  const crypto::PrivateKey node_tls = new_key(rng);
  const crypto::PrivateKey receipt = new_key(rng);
  ledger::GenesisOrganisation organisation;
  organisation.id = hospital.id;
  organisation.name = "hospital-" + std::to_string(number + 1);
  organisation.region = "DE";
  organisation.signing_key = hospital.signing.public_key();
  organisation.agreement_key = agreement.public_key();
  organisation.tls_key = tls.public_key();
  organisation.signing_possession = prove(hospital.signing, KeyUse::kSigning, hospital.id);
  organisation.agreement_possession = prove(agreement, KeyUse::kAgreement, hospital.id);
  organisation.tls_possession = prove(tls, KeyUse::kTls, hospital.id);
  consortium.genesis.organisations.push_back(organisation);
  consortium.genesis.validators.push_back(
      {hospital.id,
       hospital.consensus.public_key(),
       node_tls.public_key(),
       receipt.public_key(),
       prove(hospital.consensus, KeyUse::kConsensus, hospital.id),
       prove(node_tls, KeyUse::kTls, hospital.id),
       prove(receipt, KeyUse::kReceipt, hospital.id)});
  consortium.hospitals.push_back(std::move(hospital));
}

std::shared_ptr<const Consortium> make_consortium(std::size_t n, std::uint64_t rotation_ms) {
  Rng rng(0x67616c656eULL + n);
  auto made = std::make_shared<Consortium>();
  made->genesis.name = "simulated";
  made->genesis.time = TimeMs{kGenesisMs};
  made->genesis.parameters = ledger::default_parameters();
  made->genesis.parameters.rotation_period_ms = rotation_ms;
  for (std::size_t i = 0; i < n; ++i) add_hospital(*made, i, rng);
  auto& organisations = made->genesis.organisations;
  std::sort(organisations.begin(), organisations.end(), [](const auto& a, const auto& b) {
    return a.id < b.id;
  });
  CHECK(ledger::validate(made->genesis).has_value(), "the simulated genesis is valid");
  made->chain = ledger::chain_id(made->genesis);
  made->validators = ledger::validator_set(made->genesis);
  made->state = execution::genesis_state(made->genesis);
  return made;
}

}  // namespace

crypto::PrivateKey new_key(Rng& rng) {
  auto made = crypto::PrivateKey::from_scalar(rng.next<Random32>().view());
  CHECK(made.has_value(), "32 bytes are a scalar");
  return *std::move(made);
}

std::shared_ptr<const Consortium> consortium(std::size_t n, std::uint64_t rotation_ms) {
  static std::mutex mutex;
  static std::map<std::pair<std::size_t, std::uint64_t>, std::shared_ptr<const Consortium>> made;
  const std::lock_guard lock(mutex);
  std::shared_ptr<const Consortium>& entry = made[{n, rotation_ms}];
  if (!entry) entry = make_consortium(n, rotation_ms);
  return entry;
}

Result<engine::VerifiedTransactionPtr> verify_transaction(const Consortium& consortium,
                                                          BytesView bytes,
                                                          const KeysOf& keys) {
  GALEN_TRY(auto decoded, ledger::decode_and_check(to_bytes(bytes), consortium.chain));
  const ledger::TransactionHeader& header = decoded->transaction.header;
  if (decoded->operations.size() != header.operation_count)
    return fail(ErrorCode::kInvalidArgument, "transaction: a body is erased");
  const std::vector<PublicKey> known = keys(header.submitter);
  if (known.empty())
    return fail(ErrorCode::kPermissionDenied, "transaction: the submitter is no member");
  const Bytes message = ledger::signing_bytes(header);
  const Signature& signature = decoded->transaction.signature;
  const auto key = std::find_if(known.begin(), known.end(), [&](const PublicKey& candidate) {
    return crypto::verify(candidate, message, signature);
  });
  if (key == known.end())
    return fail(ErrorCode::kUnauthenticated, "transaction: the signature does not verify");
  auto verified = std::make_shared<engine::VerifiedTransaction>();
  verified->verified.push_back(engine::memo_key(*key, message, signature));
  verified->transaction = std::move(decoded);
  return engine::VerifiedTransactionPtr(std::move(verified));
}

}  // namespace galen::sim
