// Headers as honest validators of the sample consortium would certify them one after another. For
// tests of light clients. Thread rule: pure functions.
#pragma once

#include "ledger/header_chain.h"
#include "support/proof_sample.h"

namespace galen::support {

inline ledger::CertifiedHeader certified(const ledger::BlockHeader& header) {
  ledger::CertifiedHeader head{header, certificate_of(header)};
  if (header.epoch == Epoch{}) return head;
  // certificate_of() votes in epoch 0.
  head.certificate.subject.epoch = header.epoch;
  return head;
}

/// One that continues the chain's head.
inline ledger::BlockHeader next_header(const ledger::HeaderChain& chain,
                                       const ledger::Genesis& genesis) {
  ledger::BlockHeader header;
  header.chain = ledger::chain_id(genesis);
  header.height = chain.height().next();
  header.parent = chain.hash();
  header.time = TimeMs{genesis.time.value + 1000 * header.height.value};
  header.validators = ledger::validators_hash(ledger::validator_set(genesis));
  header.next_validators = header.validators;
  header.state_root.value.fill(static_cast<std::uint8_t>(header.height.value));
  return header;
}

}  // namespace galen::support
