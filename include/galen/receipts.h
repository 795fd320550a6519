// The seal of a patient's receipt: who handed it out, and that neither the receipt nor its proof
// was changed since (docs/cli.md, `consent receipt-verify`). Values as in galen/types.h. Thread
// rule: values.
#pragma once

#include "galen/types.h"

#include <cstdint>
#include <string>
#include <vector>

namespace galen::client {

/// The three files of a receipt.
struct SealedReceipt {
  std::vector<std::uint8_t> receipt;  ///< text or JSON, as it was handed out
  std::vector<std::uint8_t> proof;    ///< ReceiptView::proof
  std::vector<std::uint8_t> seal;
};

/// What the three say together.
struct SealReport {
  std::string organisation;  ///< that handed the receipt out
  std::uint64_t height = 0;  ///< of the block that proves its key
  ProofReport grant;         ///< what `proof` proves of the grant or denial
};

}  // namespace galen::client
