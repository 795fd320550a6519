#include "client/known_head.h"

#include "ledger/block.h"

#include <algorithm>

namespace galen::client {

namespace {

constexpr std::chrono::seconds kSoon{3};

Result<Height> proven_head(const Session& session, NodeApi& node, Deadline until) {
  GALEN_TRY(const auto status, node.status(until));
  GALEN_TRY(const auto answer, node.block(status.height, until));
  GALEN_TRY(const auto header, ledger::decode_block_header(answer.header));
  GALEN_TRY(const auto certificate, ledger::decode_certificate(answer.certificate));
  const auto set = ledger::validator_set(session.genesis());
  GALEN_TRY_STATUS(ledger::verify_certificate(certificate, session.chain(), set));
  const auto& subject = certificate.subject;
  if (subject.type != ledger::VoteType::kCommit || subject.block != ledger::block_hash(header) ||
      header.chain != session.chain()) {
    return fail(ErrorCode::kCorrupt, "the certificate is not about this block");
  }
  return header.height;
}

}  // namespace

Height newest_proven_head(const Session& session, const NodeApi& but, Deadline until) {
  Height newest;
  for (const auto& node : session.nodes()) {
    if (node.get() == &but) continue;
    const auto soon = std::min<Deadline>(until, std::chrono::system_clock::now() + kSoon);
    const auto head = proven_head(session, *node, soon);
    if (head) newest = std::max(newest, *head);
  }
  return newest;
}

}  // namespace galen::client
