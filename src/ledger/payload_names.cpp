#include "ledger/payload_names.h"

#include "codec/codec.h"
#include "crypto/digest.h"

#include <utility>

namespace galen::ledger {

Bytes envelopes_context(const ChainId& chain,
                        const RecordId& record,
                        const PayloadAddress& address) {
  codec::Writer writer;
  writer.tag("envelopes-of").raw(chain).raw(record).raw(address);
  return std::move(writer).take();
}

Digest envelopes_name(const ChainId& chain, const RecordId& record, const PayloadAddress& address) {
  return crypto::sha256(envelopes_context(chain, record, address));
}

}  // namespace galen::ledger
