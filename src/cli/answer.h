// How a verb ends: its result on stdout, or one line on stderr, and an exit code.
// Thread rule: one thread.
#pragma once

#include "cli/common_options.h"
#include "galen/client.h"

#include <string>

namespace galen::cli {

/// Prints `galen: what: where: remedy` to stderr and returns the exit code of the failure.
[[nodiscard]] int report(const client::Failure& failure);

/// Writes to stdout, made harmless for a terminal. 0, or 1 when stdout cannot take it.
[[nodiscard]] int print(const std::string& text);

/// The end of a verb whose result is a commit, or an id and its commit, called `what` in JSON.
[[nodiscard]] int print_committed(const CommonOptions& common,
                                  const client::Outcome<client::Committed>& committed);
[[nodiscard]] int print_registered(const CommonOptions& common,
                                   const client::Outcome<client::Registered>& registered,
                                   const std::string& what);

/// Opens the profile of the options. kConfig without one.
[[nodiscard]] client::Outcome<client::Client> open_client(const CommonOptions& common);

/// Opens the client, makes one call, prints its result.
template <class Call, class Human, class Json>
int answer(const CommonOptions& common, Call&& call, Human&& human, Json&& json) {
  auto opened = open_client(common);
  if (!opened) return report(opened.failure());
  const auto result = call(*opened);
  if (!result) return report(result.failure());
  return print(common.json ? json(*result) + "\n" : human(*result));
}

}  // namespace galen::cli
