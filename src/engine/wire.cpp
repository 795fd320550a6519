#include "engine/wire.h"

#include "base/limits.h"
#include "codec/codec.h"

namespace galen::engine {
namespace {

enum class BulkType : std::uint8_t {
  kTransactionBatch = 1,
  kRangeRequest = 2,
  kRangeReply = 3,
  kOvertakenBatch = 4
};

struct Encode {
  codec::Writer& out;

  void operator()(const TransactionBatch& m) const {
    out.enumeration(m.overtaken ? BulkType::kOvertakenBatch : BulkType::kTransactionBatch)
        .count(m.transactions.size());
    for (const Bytes& tx : m.transactions) out.bytes(tx);
  }

  void operator()(const RangeRequest& m) const {
    out.enumeration(BulkType::kRangeRequest).counter(m.from).u16(m.count);
  }

  void operator()(const RangeReply& m) const {
    out.enumeration(BulkType::kRangeReply).counter(m.from).count(m.blocks.size());
    for (const CertifiedBlock& b : m.blocks)
      out.bytes(b.block).bytes(ledger::encode(b.certificate));
  }
};

/// Largest encoded certificate: subject and one signature per possible member.
constexpr std::size_t kMaxCertificateBytes = 256 + limits::kMaxValidators * 66;

TransactionBatch read_batch(codec::Reader& in, bool overtaken) {
  TransactionBatch m{{}, overtaken};
  const std::size_t count = in.count(kMaxBatchTransactions);
  for (std::size_t i = 0; i < count && !in.failed(); ++i) {
    m.transactions.push_back(to_bytes(in.bytes(limits::kMaxTransactionBytes)));
  }
  return m;
}

Result<RangeReply> read_reply(codec::Reader& in) {
  RangeReply m;
  m.from = in.counter<Height>();
  const std::size_t count = in.count(limits::kMaxSyncBlocksPerReply);
  for (std::size_t i = 0; i < count && !in.failed(); ++i) {
    CertifiedBlock block;
    block.block = to_bytes(in.bytes(limits::kMaxBlockBytes));
    const BytesView certificate = in.bytes(kMaxCertificateBytes);
    GALEN_TRY_STATUS(in.status());
    GALEN_TRY(block.certificate, ledger::decode_certificate(certificate));
    m.blocks.push_back(std::move(block));
  }
  return m;
}

}  // namespace

Bytes encode(const BulkMessage& message) {
  codec::Writer out;
  std::visit(Encode{out}, message);
  return std::move(out).take();
}

Result<BulkMessage> decode_bulk_message(BytesView bytes) {
  if (bytes.size() > limits::kMaxPeerMessageBytes) {
    return fail(ErrorCode::kTooLarge, "bulk message of " + std::to_string(bytes.size()) + " bytes");
  }
  codec::Reader in(bytes, "bulk message");
  const auto type = in.enumeration<BulkType>([](BulkType t) {
    return t >= BulkType::kTransactionBatch && t <= BulkType::kOvertakenBatch;
  });
  GALEN_TRY_STATUS(in.status());
  BulkMessage message;
  if (type == BulkType::kTransactionBatch || type == BulkType::kOvertakenBatch) {
    message = read_batch(in, type == BulkType::kOvertakenBatch);
  } else if (type == BulkType::kRangeRequest) {
    RangeRequest m;
    m.from = in.counter<Height>();
    m.count = in.u16();
    message = m;
  } else {
    GALEN_TRY(message, read_reply(in));
  }
  GALEN_TRY_STATUS(in.finish());
  return message;
}

}  // namespace galen::engine
