// Evidence and a fail-stop bundle of the sample consortium, properly signed.
#pragma once

#include "ledger/evidence.h"
#include "ledger/fail_stop.h"
#include "support/proof_sample.h"

namespace galen::support {

inline ledger::VoteSubject sample_subject(std::uint8_t fill) {
  return {Epoch{}, ledger::VoteType::kCommit, View{3}, Height{7}, BlockHash::from(Bytes(32, fill))};
}

inline Signature sample_vote(const ledger::Genesis& genesis,
                             std::uint8_t member,
                             const ledger::VoteSubject& subject) {
  return numbered_key(4, static_cast<std::uint8_t>(member + 1))
      .sign(ledger::vote_statement(ledger::chain_id(genesis), subject));
}

/// Two COMMITs of validator 1, hospital-2, at height 7 in view 3.
inline ledger::Evidence sample_evidence(const ledger::Genesis& genesis) {
  const ledger::VoteSubject a = sample_subject(1);
  const ledger::VoteSubject b = sample_subject(2);
  return ledger::make_evidence(ledger::chain_id(genesis),
                               {a.epoch, ValidatorIndex{1}, a.height, a.view, a.type},
                               {a.block, sample_vote(genesis, 1, a)},
                               {b.block, sample_vote(genesis, 1, b)});
}

/// Members 0, 1, 2 certified one block and 1, 2, 3 another one.
inline ledger::FailStopBundle sample_fail_stop(const ledger::Genesis& genesis) {
  ledger::FailStopBundle bundle{ledger::chain_id(genesis), "two certificates at height 7", {}, {}};
  for (const std::uint8_t first : {std::uint8_t{0}, std::uint8_t{1}}) {
    ledger::Certificate certificate{sample_subject(static_cast<std::uint8_t>(first + 1)), {}};
    for (std::uint8_t i = first; i < first + 3; ++i)
      certificate.signatures[ValidatorIndex{i}] = sample_vote(genesis, i, certificate.subject);
    bundle.certificates.push_back(certificate);
  }
  return bundle;
}

}  // namespace galen::support
