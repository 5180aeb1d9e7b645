"""HTTP kit that knows no room: errors, guards, headers, languages, menu, assets, sign-in cookie, paging, fields."""
