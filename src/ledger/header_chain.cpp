#include "ledger/header_chain.h"

#include "ledger/fields.h"

#include <string>
#include <utility>

namespace galen::ledger {

namespace {

using codec::Reader;
using codec::Writer;

constexpr std::uint16_t kLightHeadVersion = 1;

std::string of_block(Height height) {
  return "header of block " + std::to_string(height.value) + ": ";
}

tl::unexpected<Error> refuse(Height height, std::string why) {
  return fail(ErrorCode::kUnauthenticated, of_block(height) + std::move(why));
}

}  // namespace

Bytes CertifiedHeader::encode() const {
  Writer w;
  w.tag("light-head").u16(kLightHeadVersion);
  fields::write(w, header);
  fields::write(w, certificate);
  return std::move(w).take();
}

Result<CertifiedHeader> CertifiedHeader::decode(BytesView bytes) {
  Reader r(bytes, "light head");
  r.tag("light-head");
  if (r.u16() != kLightHeadVersion) r.fail_with("another version of light heads");
  CertifiedHeader head;
  head.header = fields::read_block_header(r);
  head.certificate = fields::read_certificate(r);
  return fields::finish(r, std::move(head));
}

HeaderChain::HeaderChain(const Genesis& genesis)
    : chain_(chain_id(genesis)),
      genesis_time_(genesis.time),
      set_(validator_set(genesis)),
      set_hash_(validators_hash(set_)) {}

Height HeaderChain::height() const {
  return head_ ? head_->header.height : Height{};
}

BlockHash HeaderChain::hash() const {
  return head_ ? head_->certificate.subject.block : id_cast<BlockHash>(chain_);
}

TimeMs HeaderChain::time() const {
  return head_ ? head_->header.time : genesis_time_;
}

Status HeaderChain::check(const CertifiedHeader& next) const {
  const BlockHeader& header = next.header;
  const VoteSubject& subject = next.certificate.subject;
  if (header.chain != chain_) {
    return fail(ErrorCode::kWrongChain, of_block(header.height) + "of another chain");
  }
  if (header.version != kBlockVersion) return refuse(header.height, "another version");
  if (header.height == Height{}) return refuse(header.height, "genesis is not a block");
  if (header.epoch != Epoch{} || subject.epoch != header.epoch) {
    return refuse(header.height, "of another epoch");
  }
  if (header.validators != set_hash_) return refuse(header.height, "other validators");
  if (subject.type != VoteType::kCommit || subject.height != header.height ||
      subject.block != block_hash(header)) {
    return refuse(header.height, "the certificate is not its own");
  }
  const Status certified = verify_certificate(next.certificate, chain_, set_);
  if (!certified) return refuse(header.height, certified.error().message);
  if (header.next_validators != set_hash_) {
    return fail(
        ErrorCode::kFailedPrecondition,
        of_block(header.height) + "hands over to other validators; a newer version is needed");
  }
  return {};
}

Status HeaderChain::resume(const CertifiedHeader& head) {
  GALEN_TRY_STATUS(check(head));
  head_ = head;
  return {};
}

Status HeaderChain::accept(const CertifiedHeader& next) {
  GALEN_TRY_STATUS(check(next));
  if (next.header.height != height().next()) {
    return refuse(next.header.height, "does not follow block " + std::to_string(height().value));
  }
  if (next.header.parent != hash()) return refuse(next.header.height, "another parent");
  if (next.header.time <= time()) return refuse(next.header.height, "not later than its parent");
  head_ = next;
  return {};
}

std::optional<FailStopBundle> HeaderChain::conflict(const CertifiedHeader& other) const {
  if (!head_ || !check(other)) return std::nullopt;
  FailStopBundle bundle;
  bundle.chain = chain_;
  const std::string at = std::to_string(height().value);
  if (other.header.height == height() && other.certificate.subject.block != hash()) {
    bundle.reason = "two certified blocks at height " + at;
    bundle.certificates = {head_->certificate, other.certificate};
    bundle.header = head_->header;
    return bundle;
  }
  if (other.header.height == height().next() && other.header.parent != hash()) {
    bundle.reason = "a certified block " + std::to_string(other.header.height.value) +
                    " whose parent is not the certified block " + at;
    bundle.certificates = {other.certificate, head_->certificate};
    bundle.header = other.header;
    return bundle;
  }
  return std::nullopt;
}

}  // namespace galen::ledger
