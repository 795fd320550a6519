// The verbs of erasures and holds: open the profile, call the client library, print. Each returns
// the exit code of docs/cli.md. Thread rule: one thread.
#pragma once

#include "cli/common_options.h"
#include "galen/erasure.h"
#include "galen/own_queries.h"
#include "galen/types.h"

#include <string>

namespace galen::cli {

/// With `out`, writes this organisation's agreement there instead of asking.
[[nodiscard]] int request_erasure(const CommonOptions& common,
                                  const client::ErasureRequestOptions& options,
                                  const std::string& out);
[[nodiscard]] int withdraw_erasure(const CommonOptions& common,
                                   const client::WithdrawErasureOptions& options);
/// `closing`: file for the patient's access statement, complete up to the head, before anything
/// goes; empty: none.
[[nodiscard]] int order_erasure(const CommonOptions& common,
                                const client::ErasureOrderOptions& options,
                                const std::string& closing);
[[nodiscard]] int attest_erasure(const CommonOptions& common, const client::AttestOptions& options);
/// Every order when `order` is empty; with `due` those whose audit compartment may go now.
[[nodiscard]] int erasure_status(const CommonOptions& common, const std::string& order, bool due);
[[nodiscard]] int erasure_certificate(const CommonOptions& common,
                                      const std::string& order,
                                      const std::string& out);
/// Needs no profile.
[[nodiscard]] int verify_erasure(const CommonOptions& common,
                                 const std::string& file,
                                 const std::string& genesis);
[[nodiscard]] int list_holds(const CommonOptions& common, const client::PersonQuery& query);
[[nodiscard]] int place_hold(const CommonOptions& common, const client::HoldOptions& options);
[[nodiscard]] int lift_hold(const CommonOptions& common,
                            const std::string& patient,
                            const std::string& hold);

}  // namespace galen::cli
