#include "ledger/fail_stop.h"

#include "base/limits.h"
#include "codec/codec.h"
#include "ledger/fields.h"

#include <utility>

namespace galen::ledger {

namespace {

using codec::Reader;
using codec::Writer;

constexpr std::uint16_t kBundleVersion = 1;
constexpr std::size_t kMaxCertificates = 2;

tl::unexpected<Error> refuse(std::string why) {
  return fail(ErrorCode::kUnauthenticated, "fail-stop bundle: " + std::move(why));
}

/// Two blocks at one height, or one whose parent is not the certified block below it.
bool contradict(const FailStopBundle& bundle, const VoteSubject& first, const VoteSubject& last) {
  if (first.height == last.height) return first.block != last.block;
  return bundle.header && first.height == last.height.next() && bundle.header->parent != last.block;
}

void write_header(Writer& w, const BlockHeader& header) {
  fields::write(w, header);
}

}  // namespace

Bytes encode(const FailStopBundle& bundle) {
  Writer w;
  w.tag("fail-stop").u16(kBundleVersion).raw(bundle.chain);
  w.text(std::string_view(bundle.reason).substr(0, limits::kMaxFailStopReasonBytes));
  w.count(bundle.certificates.size());
  for (const Certificate& certificate : bundle.certificates) fields::write(w, certificate);
  fields::write_optional(w, bundle.header, write_header);
  return std::move(w).take();
}

Result<FailStopBundle> decode_fail_stop(BytesView bytes) {
  Reader r(bytes, "fail-stop bundle");
  r.tag("fail-stop");
  if (r.u16() != kBundleVersion) r.fail_with("another version of fail-stop bundles");
  FailStopBundle bundle;
  bundle.chain = r.fixed<ChainId>();
  bundle.reason = r.text(limits::kMaxFailStopReasonBytes);
  const std::size_t count = r.count(kMaxCertificates);
  for (std::size_t i = 0; i < count && !r.failed(); ++i)
    bundle.certificates.push_back(fields::read_certificate(r));
  bundle.header = fields::read_optional<BlockHeader>(r, fields::read_block_header);
  return fields::finish(r, std::move(bundle));
}

Status verify(const FailStopBundle& bundle, const Genesis& genesis) {
  const ChainId chain = chain_id(genesis);
  if (bundle.chain != chain)
    return fail(ErrorCode::kWrongChain,
                "fail-stop bundle: it belongs to another chain than the genesis");
  if (bundle.certificates.empty()) return refuse("it holds no certificate");
  const ValidatorSet set = validator_set(genesis);
  for (const Certificate& certificate : bundle.certificates) {
    if (certificate.subject.epoch != Epoch{} || certificate.subject.type != VoteType::kCommit)
      return refuse("a certificate that commits nothing under the validators of the genesis");
    GALEN_TRY_STATUS(verify_certificate(certificate, chain, set));
  }
  const VoteSubject& first = bundle.certificates.front().subject;
  const VoteSubject& last = bundle.certificates.back().subject;
  if (bundle.header && block_hash(*bundle.header) != first.block)
    return refuse("the header is not of the certified block");
  if (bundle.certificates.size() == 2 && !contradict(bundle, first, last))
    return refuse("the two certificates do not contradict each other");
  return {};
}

}  // namespace galen::ledger
