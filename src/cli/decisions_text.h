// Dry runs, past decisions and receipts, for people and for programs. Thread rule: pure functions.
#pragma once

#include "galen/decisions.h"

#include <string>
#include <vector>

namespace galen::cli {

namespace human {
[[nodiscard]] std::string text(const client::SimulateView& view, bool full);
[[nodiscard]] std::string text(const client::ExplainView& view);
[[nodiscard]] std::string text(const std::vector<client::ExplainView>& views);
[[nodiscard]] std::string text(const client::ReceiptView& receipt);
}  // namespace human

namespace json {
[[nodiscard]] std::string text(const client::SimulateView& view);
[[nodiscard]] std::string text(const client::ExplainView& view);
[[nodiscard]] std::string text(const std::vector<client::ExplainView>& views);
/// Indented: it is a document.
[[nodiscard]] std::string text(const client::ReceiptView& receipt);
}  // namespace json

}  // namespace galen::cli
