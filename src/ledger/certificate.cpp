#include "base/check.h"
#include "base/limits.h"
#include "crypto/keys.h"
#include "ledger/block.h"
#include "ledger/fields.h"

namespace galen::ledger {

namespace {

constexpr std::uint16_t kVoteVersion = 1;

bool is_vote_type(VoteType type) {
  return type == VoteType::kPrepare || type == VoteType::kCommit;
}

tl::unexpected<Error> refuse(std::string why) {
  return fail(ErrorCode::kUnauthenticated, "certificate: " + std::move(why));
}

}  // namespace

using codec::Reader;
using codec::Writer;

std::string_view name(VoteType type) {
  return type == VoteType::kPrepare ? "PREPARE" : "COMMIT";
}

Bytes vote_statement(const ChainId& chain, const VoteSubject& subject) {
  Writer w;
  w.tag("vote").u16(kVoteVersion).raw(chain).counter(subject.epoch).enumeration(subject.type);
  w.counter(subject.view).counter(subject.height).raw(subject.block);
  return std::move(w).take();
}

namespace fields {

void write(Writer& w, const Certificate& certificate) {
  const VoteSubject& s = certificate.subject;
  w.counter(s.epoch).enumeration(s.type).counter(s.view).counter(s.height).raw(s.block);
  w.count(certificate.signatures.size());
  for (const auto& [member, signature] : certificate.signatures) {
    w.u16(member.value).raw(signature);
  }
}

Certificate read_certificate(Reader& r) {
  Certificate certificate;
  VoteSubject& s = certificate.subject;
  s.epoch = r.counter<Epoch>();
  s.type = r.enumeration<VoteType>(is_vote_type);
  s.view = r.counter<View>();
  s.height = r.counter<Height>();
  s.block = r.fixed<BlockHash>();
  const std::size_t count = r.count(limits::kMaxValidators);
  for (std::size_t i = 0; i < count && !r.failed(); ++i) {
    const ValidatorIndex member{r.u16()};
    if (!certificate.signatures.empty() && !(certificate.signatures.rbegin()->first < member)) {
      r.fail_with("members unsorted or twice the same");
    }
    certificate.signatures.emplace(member, r.fixed<Signature>());
  }
  return certificate;
}

}  // namespace fields

Bytes encode(const Certificate& certificate) {
  Writer w;
  fields::write(w, certificate);
  return std::move(w).take();
}

Result<Certificate> decode_certificate(BytesView bytes) {
  Reader r(bytes, "certificate");
  Certificate certificate = fields::read_certificate(r);
  return fields::finish(r, std::move(certificate));
}

std::size_t fault_bound(std::size_t n) {
  CHECK(n >= 1, "a validator set has members");
  return (n - 1) / 3;
}

std::size_t quorum(std::size_t n) {
  return (n + fault_bound(n) + 2) / 2;
}

Status verify_certificate(const Certificate& certificate,
                          const ChainId& chain,
                          const ValidatorSet& set) {
  if (set.members.empty()) return refuse("the validator set is empty");
  const std::size_t needed = quorum(set.size());
  if (certificate.signatures.size() < needed) {
    return refuse(std::to_string(certificate.signatures.size()) + " votes where " +
                  std::to_string(needed) + " are needed");
  }
  // Members first: a signature costs far more to refuse than an index.
  const ValidatorIndex last = certificate.signatures.rbegin()->first;
  if (last.value >= set.size()) {
    return refuse("member " + std::to_string(last.value) + " is not in the validator set");
  }
  const Bytes statement = vote_statement(chain, certificate.subject);
  for (const auto& [member, signature] : certificate.signatures) {
    if (!crypto::verify(set.members[member.value].consensus_key, statement, signature)) {
      return refuse("the signature of member " + std::to_string(member.value) + " is not valid");
    }
  }
  return {};
}

}  // namespace galen::ledger
