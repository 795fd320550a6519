// Keys, proxies and recoveries for tests over a HealthWorld. Thread rule: one thread.
#pragma once

#include "support/health_world.h"

namespace galen::test {

inline Signature possession(ledger::KeyUse use,
                            const AccountId& account,
                            const crypto::PrivateKey& key) {
  return key.sign(ledger::possession_statement(use, account, key.public_key()));
}

/// Both keys of an account; the agreement key is everybody's in this world.
inline ledger::PersonKeys person_keys(
    const AccountId& account,
    const crypto::PrivateKey& signing,
    const crypto::PrivateKey& agreement = HealthWorld::agreement_key()) {
  using ledger::KeyUse;
  return {signing.public_key(),
          agreement.public_key(),
          possession(KeyUse::kSigning, account, signing),
          possession(KeyUse::kAgreement, account, agreement)};
}

inline ledger::NewKey new_key(ledger::KeyUse use,
                              const AccountId& account,
                              const crypto::PrivateKey& key,
                              std::uint16_t index,
                              std::optional<PublicKey> replaces) {
  return {key.public_key(), index, replaces, possession(use, account, key)};
}

/// A guardian for 30 days, attested by `attested_by`, who may grant.
inline ledger::AuthorizeProxy proxy_operation(const HealthWorld& world,
                                              const Party& patient,
                                              const crypto::PrivateKey& key,
                                              const AccountId& attested_by) {
  ledger::AuthorizeProxy operation;
  operation.patient = patient.patient();
  operation.proxy = ledger::proxy_id(world.chain, operation.patient, key.public_key());
  operation.keys = person_keys(operation.proxy, key);
  operation.purposes = {"FAMRQT"};
  operation.may_grant = true;
  operation.from = world.now;
  operation.to = TimeMs{world.now.value + 30 * HealthWorld::kDay};
  operation.attested_by = attested_by;
  return operation;
}

}  // namespace galen::test
