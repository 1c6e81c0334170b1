// The names of nginx's directives, so that a name nobody knows is told from one podwire does not evaluate. Source: the ngx_command_t
// tables of nginx src/core, src/event and src/http.

const WORDS = `
include
absolute_redirect accept accept_mutex accept_mutex_delay access_log add_after_body add_before_body add_header add_header_inherit
add_trailer add_trailer_inherit addition_types aio aio_write alert alias allow ancient_browser ancient_browser_value args
auth_basic auth_basic_user_file auth_delay auth_request auth_request_set autoindex autoindex_exact_size autoindex_format
autoindex_localtime break charset charset_map charset_types chunked_transfer_encoding client_body_buffer_size
client_body_early_read client_body_in_file_only client_body_in_single_buffer client_body_temp_path client_body_timeout
client_header_buffer_size client_header_timeout client_max_body_size connection_pool_size core create_full_put_path crit daemon
dav_access dav_methods debug_connection debug_points default_type degradation degrade deny directio directio_alignment
disable_symlinks early_hints emerg empty_gif env errlog error error_log error_page etag events expires flv geo geoip_city
geoip_country geoip_org geoip_proxy geoip_proxy_recursive gunzip gunzip_buffers gzip gzip_buffers gzip_comp_level gzip_disable
gzip_hash gzip_http_version gzip_min_length gzip_no_buffer gzip_proxied gzip_static gzip_types gzip_vary gzip_window hash http
http2 http2_body_preread_size http2_chunk_size http2_idle_timeout http2_max_concurrent_pushes http2_max_concurrent_streams
http2_max_field_size http2_max_header_size http2_max_requests http2_pool_size http2_push http2_push_preload
http2_recv_buffer_size http2_recv_timeout http2_streams_index_size http3 http3_hq http3_max_concurrent_streams
http3_stream_buffer_size httponly if if_modified_since ignore_invalid_headers image_filter image_filter_buffer
image_filter_interlace image_filter_jpeg_quality image_filter_sharpen image_filter_transparency image_filter_webp_quality index
info internal ip_hash keepalive keepalive_disable keepalive_min_timeout keepalive_requests keepalive_time keepalive_timeout
large_client_header_buffers lax least_conn least_time limit_conn limit_conn_dry_run limit_conn_log_level limit_conn_status
limit_conn_zone limit_except limit_rate limit_rate_after limit_req limit_req_dry_run limit_req_log_level limit_req_status
limit_req_zone lingering_close lingering_time lingering_timeout listen load_module location lock_file log_format log_not_found
log_subrequest mail map map_hash_bucket_size map_hash_max_size master_process max_headers max_ranges merge_slashes
min_delete_depth mirror mirror_request_body modern_browser modern_browser_value mp4 mp4_buffer_size mp4_max_buffer_size
mp4_start_key_frame msie_padding msie_refresh multi_accept nohttponly none nosamesite nosecure notice open_file_cache
open_file_cache_errors open_file_cache_events open_file_cache_min_uses open_file_cache_valid open_log_file_cache openssl
output_buffers override_charset pcre_jit perl perl_modules perl_require perl_set pid port_in_redirect post_action
postpone_gzipping postpone_output proxy_bind proxy_buffer_size proxy_buffering proxy_buffers proxy_busy_buffers_size proxy_cache
proxy_cache_background_update proxy_cache_bypass proxy_cache_convert_head proxy_cache_key proxy_cache_lock proxy_cache_lock_age
proxy_cache_lock_timeout proxy_cache_max_range_offset proxy_cache_methods proxy_cache_min_uses proxy_cache_path
proxy_cache_revalidate proxy_cache_use_stale proxy_cache_valid proxy_connect_timeout proxy_cookie_domain proxy_cookie_flags
proxy_cookie_path proxy_force_ranges proxy_headers_hash_bucket_size proxy_headers_hash_max_size proxy_hide_header
proxy_http_version proxy_ignore_client_abort proxy_ignore_headers proxy_intercept_errors proxy_limit_rate
proxy_max_temp_file_size proxy_method proxy_next_upstream proxy_next_upstream_timeout proxy_next_upstream_tries proxy_no_cache
proxy_pass proxy_pass_header proxy_pass_request_body proxy_pass_request_headers proxy_pass_trailers proxy_read_timeout
proxy_redirect proxy_request_buffering proxy_send_lowat proxy_send_timeout proxy_set_body proxy_set_header
proxy_socket_keepalive proxy_socket_rcvbuf proxy_socket_sndbuf proxy_ssl_certificate proxy_ssl_certificate_cache
proxy_ssl_certificate_key proxy_ssl_ciphers proxy_ssl_conf_command proxy_ssl_crl proxy_ssl_name proxy_ssl_password_file
proxy_ssl_protocols proxy_ssl_server_name proxy_ssl_session_reuse proxy_ssl_trusted_certificate proxy_ssl_verify
proxy_ssl_verify_depth proxy_store proxy_store_access proxy_temp_file_write_size proxy_temp_path quic_active_connection_id_limit
quic_gso quic_host_key quic_retry random random_index read_ahead real_ip_header real_ip_recursive recursive_error_pages
referer_hash_bucket_size referer_hash_max_size regex request_pool_size reset_timedout_connection resolver resolver_timeout
return rewrite rewrite_log root satisfy secure secure_link secure_link_md5 secure_link_secret send_lowat send_timeout sendfile
sendfile_max_chunk server server_name server_name_in_redirect server_names_hash_bucket_size server_names_hash_max_size
server_tokens set set_real_ip_from slice source_charset split_clients ssi ssi_ignore_recycled_buffers ssi_last_modified
ssi_min_file_chunk ssi_silent_errors ssi_types ssi_value_length ssl_buffer_size ssl_certificate ssl_certificate_cache
ssl_certificate_compression ssl_certificate_key ssl_ciphers ssl_client_certificate ssl_conf_command ssl_crl ssl_dhparam
ssl_early_data ssl_ecdh_curve ssl_ech_file ssl_engine ssl_ocsp ssl_ocsp_cache ssl_ocsp_responder ssl_password_file
ssl_prefer_server_ciphers ssl_protocols ssl_reject_handshake ssl_session_cache ssl_session_ticket_key ssl_session_tickets
ssl_session_timeout ssl_stapling ssl_stapling_file ssl_stapling_responder ssl_stapling_verify ssl_trusted_certificate
ssl_verify_client ssl_verify_depth sticky stream strict stub_status sub_filter sub_filter_last_modified sub_filter_once
sub_filter_types subrequest_output_buffer_size tcp_nodelay tcp_nopush thread_pool timer_resolution try_files types
types_hash_bucket_size types_hash_max_size underscores_in_headers uninitialized_variable_warn upstream use user userid
userid_domain userid_expires userid_flags userid_mark userid_name userid_p3p userid_path userid_service valid_referers
variables_hash_bucket_size variables_hash_max_size warn worker_connections worker_cpu_affinity worker_priority worker_processes
worker_rlimit_core worker_rlimit_nofile worker_shutdown_timeout working_directory xml_entities xml_external_entities
xslt_last_modified xslt_param xslt_string_param xslt_stylesheet xslt_types zone
`

/** Modules whose directives have a prefix, and what follows it. */
const FAMILIES: readonly (readonly [prefixes: string, names: string])[] = [
  [
    'fastcgi',
    `
catch_stderr index keep_conn split_path_info
`,
  ],
  [
    'fastcgi grpc memcached scgi tunnel uwsgi',
    `
bind buffer_size connect_timeout next_upstream next_upstream_timeout next_upstream_tries pass read_timeout send_timeout
socket_keepalive
`,
  ],
  [
    'fastcgi grpc scgi tunnel uwsgi',
    `
socket_rcvbuf socket_sndbuf
`,
  ],
  [
    'fastcgi grpc scgi uwsgi',
    `
hide_header ignore_headers intercept_errors pass_header
`,
  ],
  [
    'fastcgi scgi uwsgi',
    `
buffering buffers busy_buffers_size cache cache_background_update cache_bypass cache_key cache_lock cache_lock_age
cache_lock_timeout cache_max_range_offset cache_methods cache_min_uses cache_path cache_revalidate cache_use_stale cache_valid
force_ranges ignore_client_abort limit_rate max_temp_file_size no_cache param pass_request_body pass_request_headers
request_buffering store store_access temp_file_write_size temp_path
`,
  ],
  [
    'fastcgi tunnel',
    `
send_lowat
`,
  ],
  [
    'grpc',
    `
set_header
`,
  ],
  [
    'grpc uwsgi',
    `
ssl_certificate ssl_certificate_cache ssl_certificate_key ssl_ciphers ssl_conf_command ssl_crl ssl_name ssl_password_file
ssl_protocols ssl_server_name ssl_session_reuse ssl_trusted_certificate ssl_verify ssl_verify_depth
`,
  ],
  [
    'memcached',
    `
gzip_flag
`,
  ],
  [
    'uwsgi',
    `
modifier1 modifier2 string
`,
  ],
]

const words = (text: string): readonly string[] => text.trim().split(/\s+/)

export const NGINX_DIRECTIVES: ReadonlySet<string> = new Set([
  ...words(WORDS),
  ...FAMILIES.flatMap(([prefixes, names]) =>
    words(prefixes).flatMap((prefix) => words(names).map((name) => `${prefix}_${name}`)),
  ),
])
